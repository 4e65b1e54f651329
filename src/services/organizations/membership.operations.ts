// Where accounts are, and how they move and go: ListAccountsForParent, ListParents, ListChildren, MoveAccount,
// RemoveAccountFromOrganization, LeaveOrganization.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_MoveAccount.html

import type { Operations } from '../../aws/operation.ts';
import { inOrder } from '../../aws/paginate.ts';
import type { OrganizationsApi } from '../../generated/organizations.types.ts';
import { accounts } from './accounts.table.ts';
import { describeAccount } from './accounts.ts';
import { requireOrganization, requireOwnOrganization } from './organization.ts';
import {
  childNotFound,
  destinationParentNotFound,
  duplicateAccount,
  masterCannotLeave,
  sourceParentNotFound,
} from './organizations.errors.ts';
import { pageOf } from './pages.ts';
import { getTarget, requireAccount, requireParent } from './targets.ts';
import { units } from './units.table.ts';

export const membershipOperations = {
  ListAccountsForParent(ctx, input) {
    const organization = requireOwnOrganization(ctx);
    const { id } = requireParent(ctx, organization, input.ParentId);
    const children = inOrder(ctx.table(accounts).by('byParent', id));
    const { rows, page } = pageOf(ctx, `ListAccountsForParent ${id}`, input, children);
    return { Accounts: rows.map((row) => describeAccount(ctx, organization, row)), ...page };
  },

  ListChildren(ctx, input) {
    const { ParentId, ChildType } = input;
    const { id } = requireParent(ctx, requireOwnOrganization(ctx), ParentId);
    const children =
      ChildType === 'ACCOUNT' ? ctx.table(accounts).by('byParent', id) : ctx.table(units).by('byParent', id);
    const { rows, page } = pageOf(
      ctx,
      `ListChildren ${ChildType} ${id}`,
      input,
      inOrder<{ readonly id: string }>(children),
    );
    return { Children: rows.map((row) => ({ Id: row.id, Type: ChildType })), ...page };
  },

  ListParents(ctx, { ChildId }) {
    const organization = requireOwnOrganization(ctx);
    const parentId = getTarget(ctx, organization, ChildId)?.parentId;
    const parent = parentId === undefined ? undefined : getTarget(ctx, organization, parentId);
    if (!parent) throw childNotFound();
    return { Parents: [{ Id: parent.id, Type: parent.type === 'ROOT' ? 'ROOT' : 'ORGANIZATIONAL_UNIT' }] };
  },

  MoveAccount(ctx, { AccountId, SourceParentId, DestinationParentId }) {
    const organization = requireOwnOrganization(ctx);
    const { id, spec } = requireAccount(ctx, organization, AccountId);
    const source = requireParent(ctx, organization, SourceParentId, sourceParentNotFound);
    const destination = requireParent(ctx, organization, DestinationParentId, destinationParentNotFound);
    if (spec.parentId !== source.id) throw sourceParentNotFound();
    if (spec.parentId === destination.id) throw duplicateAccount();
    ctx.table(accounts).update(id, () => ({ ...spec, parentId: destination.id }));
    return {};
  },

  RemoveAccountFromOrganization(ctx, { AccountId }) {
    const { id } = requireAccount(ctx, requireOwnOrganization(ctx), AccountId);
    if (id === ctx.account) throw masterCannotLeave();
    ctx.table(accounts).remove(id);
    return {};
  },

  LeaveOrganization(ctx) {
    const { scope } = requireOrganization(ctx);
    if (scope.account === ctx.account) throw masterCannotLeave();
    ctx.tableIn(accounts, scope).remove(ctx.account);
    return {};
  },
} satisfies Operations<OrganizationsApi>;
