// Organizations' resources as policies see them. Their ARNs name the management account, whoever asks; whether the caller's
// account may ask at all is the operations' to say.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html

import { type ResourceRef, type Rows, resource } from '../../aws/authorization.ts';
import type { RequestContext } from '../../aws/operation.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { PolicyType, Tag } from '../../generated/organizations.types.ts';
import { accounts } from './accounts.table.ts';
import { handshakes } from './handshakes.table.ts';
import { organizationsArn } from './ids.ts';
import { organizations } from './organizations.table.ts';
import { fullAccess, fullAccessId, policies } from './policies.table.ts';
import { policyArnOf } from './policies.ts';
import { units } from './units.table.ts';

interface Place {
  readonly management: string;
  readonly organizationId: string;
}

/** Who is in no organization is told so by the operation. */
function placeOf({ account }: RequestContext, rows: Rows): Place {
  const row = rows.find(accounts, account);
  return row
    ? { management: row.account, organizationId: row.spec.organizationId }
    : { management: account, organizationId: 'o-none' };
}

const kindOf = (id: string): string => (id.startsWith('r-') ? 'root' : id.startsWith('ou-') ? 'ou' : 'account');

function refTo(id: string, ctx: RequestContext, rows: Rows): ResourceRef {
  const { management, organizationId } = placeOf(ctx, rows);
  const { account } = ctx;
  const policy = id === fullAccessId ? fullAccess : rows.find(policies, id)?.spec;
  const arn = id.startsWith('p-')
    ? policyArnOf(organizationId, management, id, policy ?? fullAccess)
    : organizationsArn(management, `${kindOf(id)}/${organizationId}/${id}`);
  return { arn, account, region: '', id };
}

interface Found {
  readonly tags: readonly Tag[];
  readonly type?: PolicyType;
}

function findIn({ id, account }: ResourceRef, rows: Rows): Found | undefined {
  const member = rows.find(accounts, account);
  if (!member) return undefined;
  const scope = { account: member.account, region: '' };
  if (id === fullAccessId) return fullAccess;
  if (id.startsWith('p-')) return rows.read(policies, scope).get(id)?.spec;
  if (id.startsWith('ou-')) return rows.read(units, scope).get(id)?.spec;
  if (id.startsWith('r-')) return rows.read(organizations, scope).get(member.spec.organizationId)?.spec.root;
  return rows.read(accounts, scope).get(id)?.spec;
}

function named<Input>(types: readonly string[], idsOf: (input: Input) => readonly string[]) {
  const isOfPolicies = types.includes('policy');
  return resource({
    type: types,
    of: (input: Input, ctx, rows) => idsOf(input).map((id) => refTo(id, ctx, rows)),
    find: findIn,
    tags: ({ tags }: Found) => tagsByKey(tags),
    keys: isOfPolicies ? { 'organizations:PolicyType': ({ type }: Found) => type } : {},
  });
}

const targets = ['account', 'organizationalunit', 'root'];
const parents = ['organizationalunit', 'root'];

export const account = named(['account'], ({ AccountId }: { readonly AccountId: string }) => [AccountId]);
export const root = named(['root'], ({ RootId }: { readonly RootId: string }) => [RootId]);
export const unit = named(
  ['organizationalunit'],
  ({ OrganizationalUnitId }: { readonly OrganizationalUnitId: string }) => [OrganizationalUnitId],
);
export const policy = named(['policy'], ({ PolicyId }: { readonly PolicyId: string }) => [PolicyId]);
export const parent = named(parents, ({ ParentId }: { readonly ParentId: string }) => [ParentId]);
export const child = named(['account', 'organizationalunit'], ({ ChildId }: { readonly ChildId: string }) => [ChildId]);
export const target = named(targets, ({ TargetId }: { readonly TargetId: string }) => [TargetId]);
export const tagged = named([...targets, 'policy'], ({ ResourceId }: { readonly ResourceId: string }) => [ResourceId]);

export const attachment = named(
  [...targets, 'policy'],
  ({ PolicyId, TargetId }: { readonly PolicyId: string; readonly TargetId: string }) => [PolicyId, TargetId],
);

interface Move {
  readonly AccountId: string;
  readonly SourceParentId: string;
  readonly DestinationParentId: string;
}

export const move = named(targets, ({ AccountId, SourceParentId, DestinationParentId }: Move) => [
  AccountId,
  SourceParentId,
  DestinationParentId,
]);

export const newPolicy = resource({
  type: 'policy',
  of({ Type }: { readonly Type: PolicyType }, ctx, rows) {
    const { management, organizationId } = placeOf(ctx, rows);
    const arn = organizationsArn(management, `policy/${organizationId}/${Type.toLowerCase()}/*`);
    return [{ arn, account: ctx.account, region: '', id: '' }];
  },
});

/** An account that is not in the organization yet. */
export const invited = resource({
  type: 'account',
  of({ Target }: { readonly Target: { readonly Id: string } }, ctx, rows) {
    const { management, organizationId } = placeOf(ctx, rows);
    const arn = organizationsArn(management, `account/${organizationId}/${Target.Id}`);
    return [{ arn, account: ctx.account, region: '', id: '' }];
  },
});

export const handshake = resource({
  type: 'handshake',
  of({ HandshakeId }: { readonly HandshakeId: string }, ctx, rows) {
    const sent = rows.find(handshakes, HandshakeId)?.spec;
    const own = placeOf(ctx, rows);
    const { management, organizationId } = sent
      ? { management: sent.managementAccount, organizationId: sent.organizationId }
      : own;
    const arn = organizationsArn(management, `handshake/${organizationId}/invite/${HandshakeId}`);
    return [{ arn, account: ctx.account, region: '', id: '' }];
  },
});
