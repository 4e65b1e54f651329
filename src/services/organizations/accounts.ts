// An account as answers show it, and how one comes into an organization.

import type { OperationContext } from '../../aws/operation.ts';
import type { Account } from '../../generated/organizations.types.ts';
import { type AccountRow, type AccountSpec, accounts } from './accounts.table.ts';
import { makeServiceRole } from './new-accounts.ts';
import type { Organization } from './organization.ts';
import { constraintViolation } from './organizations.errors.ts';
import { attachedAtFirst, pathOf, requireTarget } from './targets.ts';

/** As many as AWS grants on request; an organization begins with ten there. */
const mostAccounts = 10_000;

type Joining = Pick<AccountSpec, 'name' | 'email' | 'joinedMethod' | 'tags'>;

/** Directly below the root. */
export function joinAccount(
  ctx: OperationContext,
  organization: Organization,
  id: string,
  joining: Joining,
): AccountRow {
  const members = ctx.tableIn(accounts, organization.scope);
  if ([...members.list()].length >= mostAccounts) throw constraintViolation('ACCOUNT_NUMBER_LIMIT_EXCEEDED');
  const row = members.insert(id, {
    ...joining,
    organizationId: organization.id,
    joinedAtMs: ctx.nowMs,
    parentId: organization.row.spec.root.id,
    policyIds: attachedAtFirst(organization),
  });
  makeServiceRole(ctx, id);
  return row;
}

export function describeAccount(ctx: OperationContext, organization: Organization, { id, spec }: AccountRow): Account {
  const target = requireTarget(ctx, organization, id);
  const isClosed = spec.closedAtMs !== undefined;
  return {
    Id: id,
    Arn: target.arn,
    Email: spec.email,
    Name: spec.name,
    Status: isClosed ? 'SUSPENDED' : 'ACTIVE',
    State: isClosed ? 'CLOSED' : 'ACTIVE',
    Paths: [pathOf(ctx, organization, target)],
    JoinedMethod: spec.joinedMethod,
    JoinedTimestamp: spec.joinedAtMs,
  };
}
