// Whom a trust policy names must exist, where this cloud can know: in accounts that have used IAM here.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html

import type { OperationContext } from '../../aws/operation.ts';
import { accountKey, accounts } from './accounts.table.ts';
import { malformedPolicy } from './iam.errors.ts';
import { keyOf, nameInArn } from './names.ts';
import { roleArnOf, roles, trustedNames } from './roles.table.ts';
import { userArnOf, users } from './users.table.ts';

export function checkTrustedPrincipals(ctx: OperationContext, trustPolicy: string): void {
  for (const name of trustedNames(trustPolicy)) {
    if (!mayExist(ctx, name)) throw malformedPolicy(`Invalid principal in policy: "AWS":"${name}"`);
  }
}

/**
 * AWS keeps unique ids in place of names. So a new name is shown once a user was renamed, and the id of one that is gone:
 * whoever comes under its name is not trusted.
 */
export function renameTrusted(ctx: OperationContext, arn: string, name: string): void {
  const written = JSON.stringify(arn);
  for (const { id } of [...ctx.table(roles).by('byTrusted', arn)]) {
    ctx.table(roles).update(id, (spec) => ({
      ...spec,
      trustPolicy: spec.trustPolicy.replaceAll(written, () => JSON.stringify(name)),
    }));
  }
}

function mayExist(ctx: OperationContext, name: string): boolean {
  const [, account, word] = /^arn:[a-z-]+:iam::(\d{12}):(user|role)\/.+$/.exec(name) ?? [];
  if (account === undefined) return true;
  const scope = { account, region: '' };
  if (!ctx.tableIn(accounts, scope).has(accountKey)) return true;
  const key = keyOf(nameInArn(name));
  if (word === 'user') {
    const user = ctx.tableIn(users, scope).get(key);
    return user !== undefined && userArnOf(user) === name;
  }
  const role = ctx.tableIn(roles, scope).get(key);
  return role !== undefined && roleArnOf(role) === name;
}
