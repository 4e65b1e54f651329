// The account's alias and password policy, what tokens it prefers, and GetAccountSummary.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { IamApi } from '../../generated/iam.types.ts';
import { accessKeysOf } from './access-keys.ts';
import { accountAliases } from './account-aliases.table.ts';
import { summarizeAccount } from './account-summary.ts';
import { type AccountSpec, accountKey, accounts } from './accounts.table.ts';
import { entityAlreadyExists, noSuchEntity } from './iam.errors.ts';
import { policyOf } from './login-profiles.operations.ts';

export const accountOperations = {
  CreateAccountAlias(ctx, { AccountAlias }) {
    const owner = ctx.find(accountAliases, AccountAlias);
    if (owner) throw entityAlreadyExists(`The account alias ${AccountAlias} already exists.`);
    const { alias } = accountSpec(ctx);
    // An account has one, and a new one takes the place of the old.
    if (alias !== undefined) ctx.table(accountAliases).remove(alias);
    ctx.table(accountAliases).insert(AccountAlias, {});
    changeAccount(ctx, (spec) => ({ ...spec, alias: AccountAlias }));
    return {};
  },

  ListAccountAliases(ctx) {
    const { alias } = accountSpec(ctx);
    return { AccountAliases: alias === undefined ? [] : [alias], IsTruncated: false };
  },

  DeleteAccountAlias(ctx, { AccountAlias }) {
    if (accountSpec(ctx).alias !== AccountAlias)
      throw noSuchEntity(`The account alias ${AccountAlias} cannot be found.`);
    ctx.table(accountAliases).remove(AccountAlias);
    changeAccount(ctx, ({ alias: _, ...spec }) => spec);
    return {};
  },

  UpdateAccountPasswordPolicy(ctx, input) {
    // What is not given goes back to its default: nothing is kept of the policy before.
    const { MaxPasswordAge, PasswordReusePrevention, HardExpiry } = input;
    const passwordPolicy = {
      MinimumPasswordLength: input.MinimumPasswordLength ?? 6,
      RequireSymbols: input.RequireSymbols ?? false,
      RequireNumbers: input.RequireNumbers ?? false,
      RequireUppercaseCharacters: input.RequireUppercaseCharacters ?? false,
      RequireLowercaseCharacters: input.RequireLowercaseCharacters ?? false,
      AllowUsersToChangePassword: input.AllowUsersToChangePassword ?? false,
      ...(MaxPasswordAge !== undefined && { MaxPasswordAge }),
      ...(PasswordReusePrevention !== undefined && { PasswordReusePrevention }),
      HardExpiry: HardExpiry ?? false,
    };
    changeAccount(ctx, (spec) => ({ ...spec, passwordPolicy }));
    return {};
  },

  GetAccountPasswordPolicy(ctx) {
    const policy = policyOf(ctx);
    if (!policy) throw noSuchEntity(`The Password Policy with domain name ${ctx.account} cannot be found.`);
    return { PasswordPolicy: { ...policy, ExpirePasswords: (policy.MaxPasswordAge ?? 0) > 0 } };
  },

  DeleteAccountPasswordPolicy(ctx) {
    if (!policyOf(ctx)) throw noSuchEntity('The account policy with name PasswordPolicy cannot be found.');
    changeAccount(ctx, ({ passwordPolicy: _, ...spec }) => spec);
    return {};
  },

  SetSecurityTokenServicePreferences(ctx, { GlobalEndpointTokenVersion }) {
    changeAccount(ctx, (spec) => ({ ...spec, tokenVersion: GlobalEndpointTokenVersion }));
    return {};
  },

  GetAccountSummary(ctx) {
    const { tokenVersion = 'v1Token' } = accountSpec(ctx);
    const hasRootKeys = accessKeysOf(ctx, ctx.account).length > 0;
    return {
      SummaryMap: {
        ...summarizeAccount(ctx),
        AccountAccessKeysPresent: hasRootKeys ? 1 : 0,
        GlobalEndpointTokenVersion: tokenVersion === 'v2Token' ? 2 : 1,
      },
    };
  },
} satisfies Operations<IamApi>;

const accountSpec = (ctx: OperationContext): AccountSpec => ctx.table(accounts).get(accountKey)?.spec ?? {};

function changeAccount(ctx: OperationContext, change: (spec: AccountSpec) => AccountSpec): void {
  ctx.table(accounts).update(accountKey, change);
}
