// CreateAccount and what became of it, DescribeAccount, ListAccounts, CloseAccount.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { CreateAccountStatus, OrganizationsApi } from '../../generated/organizations.types.ts';
import { type AccountRequestRow, accountRequests } from './account-requests.table.ts';
import { accounts } from './accounts.table.ts';
import { describeAccount, joinAccount } from './accounts.ts';
import { newAccountId, newAccountRequestId } from './ids.ts';
import { makeAccessRole } from './new-accounts.ts';
import { requireOwnOrganization } from './organization.ts';
import {
  accountAlreadyClosed,
  constraintViolation,
  createStatusNotFound,
  invalidInput,
} from './organizations.errors.ts';
import { pageOf } from './pages.ts';
import { addTags } from './tags.ts';
import { requireAccount } from './targets.ts';

const defaultRoleName = 'OrganizationAccountAccessRole';

export const accountOperations = {
  /** AWS takes minutes and answers IN_PROGRESS; here the account is there when the answer is. */
  CreateAccount(ctx, { Email, AccountName, RoleName = defaultRoleName, Tags }) {
    const organization = requireOwnOrganization(ctx);
    if (RoleName.length > 64 || !/^[\w+=,.@-]+$/.test(RoleName)) throw invalidInput('INVALID_ROLE_NAME');
    const tags = addTags([], Tags);
    const request = { accountName: AccountName, requestedAtMs: ctx.nowMs };
    const requestId = newAccountRequestId(ctx.random);
    if (isTaken(ctx, Email)) {
      const failed = { ...request, failureReason: 'EMAIL_ALREADY_EXISTS' as const };
      return { CreateAccountStatus: describeRequest(ctx.table(accountRequests).insert(requestId, failed)) };
    }
    const accountId = unusedAccountId(ctx);
    joinAccount(ctx, organization, accountId, { name: AccountName, email: Email, joinedMethod: 'CREATED', tags });
    makeAccessRole(ctx, accountId, RoleName);
    return {
      CreateAccountStatus: describeRequest(ctx.table(accountRequests).insert(requestId, { ...request, accountId })),
    };
  },

  DescribeCreateAccountStatus(ctx, { CreateAccountRequestId }) {
    requireOwnOrganization(ctx);
    const row = ctx.table(accountRequests).get(CreateAccountRequestId);
    if (!row) throw createStatusNotFound();
    return { CreateAccountStatus: describeRequest(row) };
  },

  ListCreateAccountStatus(ctx, input) {
    requireOwnOrganization(ctx);
    const { States = [] } = input;
    const { rows, page } = pageOf(
      ctx,
      `ListCreateAccountStatus ${States.join(' ')}`,
      input,
      (afterId) => ctx.table(accountRequests).list(afterId),
      (row) => States.length === 0 || States.includes(stateOf(row)),
    );
    return { CreateAccountStatuses: rows.map(describeRequest), ...page };
  },

  DescribeAccount(ctx, { AccountId }) {
    const organization = requireOwnOrganization(ctx);
    return { Account: describeAccount(ctx, organization, requireAccount(ctx, organization, AccountId)) };
  },

  ListAccounts(ctx, input) {
    const organization = requireOwnOrganization(ctx);
    const { rows, page } = pageOf(ctx, 'ListAccounts', input, (afterId) => ctx.table(accounts).list(afterId));
    return { Accounts: rows.map((row) => describeAccount(ctx, organization, row)), ...page };
  },

  CloseAccount(ctx, { AccountId }) {
    const organization = requireOwnOrganization(ctx);
    const { id, spec } = requireAccount(ctx, organization, AccountId);
    if (id === ctx.account) throw constraintViolation('CANNOT_CLOSE_MANAGEMENT_ACCOUNT');
    if (spec.closedAtMs !== undefined) throw accountAlreadyClosed();
    ctx.table(accounts).update(id, () => ({ ...spec, closedAtMs: ctx.nowMs }));
    return {};
  },
} satisfies Operations<OrganizationsApi>;

/** No two accounts have the same address. */
function isTaken(ctx: OperationContext, email: string): boolean {
  for (const { spec } of ctx.table(accounts).list()) if (spec.email.toLowerCase() === email.toLowerCase()) return true;
  return false;
}

function unusedAccountId(ctx: OperationContext): string {
  const id = newAccountId(ctx.random);
  return ctx.find(accounts, id) ? unusedAccountId(ctx) : id;
}

const stateOf = ({ spec }: AccountRequestRow) => (spec.failureReason === undefined ? 'SUCCEEDED' : 'FAILED');

function describeRequest(row: AccountRequestRow): CreateAccountStatus {
  const { accountName, requestedAtMs, accountId, failureReason } = row.spec;
  return {
    Id: row.id,
    AccountName: accountName,
    State: stateOf(row),
    RequestedTimestamp: requestedAtMs,
    CompletedTimestamp: requestedAtMs,
    ...(accountId !== undefined && { AccountId: accountId }),
    ...(failureReason !== undefined && { FailureReason: failureReason }),
  };
}
