// InviteAccountToOrganization, and what becomes of invitations: accepted, declined, cancelled, listed.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_InviteAccountToOrganization.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type {
  Handshake,
  HandshakeFilter,
  HandshakeResource,
  HandshakeState,
  OrganizationsApi,
} from '../../generated/organizations.types.ts';
import { accounts } from './accounts.table.ts';
import { joinAccount } from './accounts.ts';
import { type HandshakeRow, handshakes, sentHandshakes, stateOf } from './handshakes.table.ts';
import { newHandshakeId, organizationsArn } from './ids.ts';
import { getOrganization, requireOwnOrganization } from './organization.ts';
import {
  alreadyInAnOrganization,
  duplicateHandshake,
  handshakeAlreadyInState,
  handshakeNotFound,
  invalidHandshakeTransition,
  invalidInput,
  notBuilt,
} from './organizations.errors.ts';
import { pageOf } from './pages.ts';
import { addTags } from './tags.ts';

const lastsMs = 15 * 24 * 3600 * 1000;

export const handshakeOperations = {
  InviteAccountToOrganization(ctx, { Target, Notes, Tags }) {
    const organization = requireOwnOrganization(ctx);
    if (Target.Type === 'ORGANIZATION') throw invalidInput('INVALID_PARTY_TYPE_TARGET');
    if (Target.Type === 'EMAIL') throw notBuilt('invitations by e-mail address (name the account by its number)');
    if (!/^\d{12}$/.test(Target.Id)) throw invalidInput('INVALID_PATTERN_TARGET_ID');
    if (ctx.find(accounts, Target.Id)?.account === ctx.account) throw alreadyInAnOrganization();
    const invited = ctx.tableIn(handshakes, { account: Target.Id, region: '' });
    for (const row of invited.list()) {
      const isOurs = row.spec.organizationId === organization.id;
      if (isOurs && stateOf(row, ctx.nowMs) === 'OPEN') throw duplicateHandshake();
    }
    const row = invited.insert(newHandshakeId(ctx.random), {
      organizationId: organization.id,
      managementAccount: ctx.account,
      ...(Notes !== undefined && { notes: Notes }),
      tags: addTags([], Tags),
      state: 'OPEN',
      requestedAtMs: ctx.nowMs,
      expiresAtMs: ctx.nowMs + lastsMs,
    });
    ctx.table(sentHandshakes).insert(row.id, { to: Target.Id });
    return { Handshake: describeHandshake(ctx, row) };
  },

  AcceptHandshake(ctx, { HandshakeId }) {
    const row = requireReceived(ctx, HandshakeId);
    requireOpen(ctx, row, 'ACCEPTED');
    if (ctx.find(accounts, ctx.account)) throw alreadyInAnOrganization();
    const organization = getOrganization(ctx, row.spec.managementAccount);
    if (!organization) throw handshakeNotFound();
    // Nobody told this cloud the account's name and address.
    const known = { name: ctx.account, email: `${ctx.account}@example.com` };
    joinAccount(ctx, organization, ctx.account, { ...known, joinedMethod: 'INVITED', tags: row.spec.tags });
    return { Handshake: settle(ctx, row, 'ACCEPTED') };
  },

  DeclineHandshake(ctx, { HandshakeId }) {
    const row = requireReceived(ctx, HandshakeId);
    requireOpen(ctx, row, 'DECLINED');
    return { Handshake: settle(ctx, row, 'DECLINED') };
  },

  CancelHandshake(ctx, { HandshakeId }) {
    const row = requireHandshake(ctx, HandshakeId);
    if (row.spec.managementAccount !== ctx.account) throw handshakeNotFound();
    requireOpen(ctx, row, 'CANCELED');
    return { Handshake: settle(ctx, row, 'CANCELED') };
  },

  DescribeHandshake(ctx, { HandshakeId }) {
    return { Handshake: describeHandshake(ctx, requireHandshake(ctx, HandshakeId)) };
  },

  ListHandshakesForAccount(ctx, input) {
    const { rows, page } = pageOf(ctx, 'ListHandshakesForAccount', input, (afterId) =>
      isNone(input.Filter) ? [] : ctx.table(handshakes).list(afterId),
    );
    return { Handshakes: rows.map((row) => describeHandshake(ctx, row)), ...page };
  },

  ListHandshakesForOrganization(ctx, input) {
    requireOwnOrganization(ctx);
    const { rows, page } = pageOf(ctx, 'ListHandshakesForOrganization', input, (afterId) =>
      isNone(input.Filter) ? [] : ctx.table(sentHandshakes).list(afterId),
    );
    return { Handshakes: rows.map(({ id }) => describeHandshake(ctx, requireHandshake(ctx, id))), ...page };
  },
} satisfies Operations<OrganizationsApi>;

/** There are invitations only, and none has a parent. */
const isNone = ({ ActionType, ParentHandshakeId }: HandshakeFilter = {}): boolean =>
  (ActionType !== undefined && ActionType !== 'INVITE') || ParentHandshakeId !== undefined;

/** Of those that the caller's account sent or received. */
function requireHandshake(ctx: OperationContext, id: string): HandshakeRow {
  const row = ctx.find(handshakes, id);
  if (!row || (row.account !== ctx.account && row.spec.managementAccount !== ctx.account)) throw handshakeNotFound();
  return row;
}

function requireReceived(ctx: OperationContext, id: string): HandshakeRow {
  const row = ctx.table(handshakes).get(id);
  if (!row) throw handshakeNotFound();
  return row;
}

function requireOpen(ctx: OperationContext, row: HandshakeRow, wanted: HandshakeState): void {
  const state = stateOf(row, ctx.nowMs);
  if (state === wanted) throw handshakeAlreadyInState(state);
  if (state !== 'OPEN') throw invalidHandshakeTransition(state);
}

function settle(ctx: OperationContext, { id, account }: HandshakeRow, state: HandshakeState): Handshake {
  const changed = ctx.tableIn(handshakes, { account, region: '' }).update(id, (spec) => ({ ...spec, state }));
  return describeHandshake(ctx, changed);
}

function describeHandshake(ctx: OperationContext, row: HandshakeRow): Handshake {
  const { id, account, spec } = row;
  const { organizationId, managementAccount, notes } = spec;
  return {
    Id: id,
    Arn: organizationsArn(managementAccount, `handshake/${organizationId}/invite/${id}`),
    Parties: [
      { Id: organizationId, Type: 'ORGANIZATION' },
      { Id: account, Type: 'ACCOUNT' },
    ],
    State: stateOf(row, ctx.nowMs),
    RequestedTimestamp: spec.requestedAtMs,
    ExpirationTimestamp: spec.expiresAtMs,
    Action: 'INVITE',
    Resources: [
      { Type: 'ORGANIZATION', Value: organizationId, Resources: ofOrganization(ctx, managementAccount) },
      { Type: 'ACCOUNT', Value: account },
      ...(notes === undefined ? [] : [{ Type: 'NOTES' as const, Value: notes }]),
    ],
  };
}

function ofOrganization(ctx: OperationContext, managementAccount: string): readonly HandshakeResource[] {
  const management = ctx.find(accounts, managementAccount)?.spec;
  return [
    { Type: 'MASTER_EMAIL', Value: management?.email },
    { Type: 'MASTER_NAME', Value: management?.name },
    { Type: 'ORGANIZATION_FEATURE_SET', Value: getOrganization(ctx, managementAccount)?.row.spec.featureSet },
  ];
}
