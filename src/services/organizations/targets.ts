// The tree of an organization: its root, units and accounts. Policies are attached to each of them, and each may have tags.

import type { OperationContext } from '../../aws/operation.ts';
import type { TargetType } from '../../generated/organizations.types.ts';
import { accounts } from './accounts.table.ts';
import { arnIn, type Organization } from './organization.ts';
import { accountNotFound, parentNotFound, targetNotFound, unitNotFound } from './organizations.errors.ts';
import { organizations, type TargetSpec } from './organizations.table.ts';
import { fullAccessId } from './policies.table.ts';
import { units } from './units.table.ts';

export interface Target extends TargetSpec {
  readonly type: TargetType;
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  /** Absent for the root. */
  readonly parentId?: string;
}

export function rootOf(organization: Organization): Target {
  const { root } = organization.row.spec;
  return { ...root, type: 'ROOT', name: 'Root', arn: arnIn(organization, 'root', root.id) };
}

export function getTarget(ctx: OperationContext, organization: Organization, id: string): Target | undefined {
  if (id === organization.row.spec.root.id) return rootOf(organization);
  const unit = ctx.tableIn(units, organization.scope).get(id);
  if (unit) return { ...unit.spec, type: 'ORGANIZATIONAL_UNIT', id, arn: arnIn(organization, 'ou', id) };
  const account = ctx.tableIn(accounts, organization.scope).get(id);
  return account && { ...account.spec, type: 'ACCOUNT', id, arn: arnIn(organization, 'account', id) };
}

export function requireTarget(ctx: OperationContext, organization: Organization, id: string): Target {
  const target = getTarget(ctx, organization, id);
  if (!target) throw targetNotFound();
  return target;
}

/** A root or a unit. */
export function requireParent(
  ctx: OperationContext,
  organization: Organization,
  id: string,
  notFound = parentNotFound,
): Target {
  const parent = getTarget(ctx, organization, id);
  if (!parent || parent.type === 'ACCOUNT') throw notFound();
  return parent;
}

export function requireUnit(ctx: OperationContext, { scope }: Organization, id: string) {
  const unit = ctx.tableIn(units, scope).get(id);
  if (!unit) throw unitNotFound();
  return unit;
}

export function requireAccount(ctx: OperationContext, { scope }: Organization, id: string) {
  const account = ctx.tableIn(accounts, scope).get(id);
  if (!account) throw accountNotFound();
  return account;
}

/** Changes what policies are attached to it, or its tags. */
export function changeTarget(
  ctx: OperationContext,
  { id, scope }: Organization,
  target: Target,
  change: Partial<TargetSpec>,
): void {
  if (target.type === 'ROOT') {
    // The row may have changed since it was read.
    ctx.tableIn(organizations, scope).update(id, (spec) => ({ ...spec, root: { ...spec.root, ...change } }));
  } else if (target.type === 'ACCOUNT') {
    ctx.tableIn(accounts, scope).update(target.id, (spec) => ({ ...spec, ...change }));
  } else {
    ctx.tableIn(units, scope).update(target.id, (spec) => ({ ...spec, ...change }));
  }
}

export function* allTargets(ctx: OperationContext, organization: Organization): Iterable<Target> {
  const { scope } = organization;
  yield rootOf(organization);
  const below = [...ctx.tableIn(units, scope).list(), ...ctx.tableIn(accounts, scope).list()];
  for (const { id } of below) yield requireTarget(ctx, organization, id);
}

/** What a new unit or account has attached. */
export function attachedAtFirst({ row }: Organization): readonly string[] {
  return row.spec.enabledPolicyTypes.includes('SERVICE_CONTROL_POLICY') ? [fullAccessId] : [];
}

/** From the root down to the target itself. */
export function lineOf(ctx: OperationContext, organization: Organization, target: Target): readonly Target[] {
  const { parentId } = target;
  if (parentId === undefined) return [target];
  return [...lineOf(ctx, organization, requireTarget(ctx, organization, parentId)), target];
}

/** `o-…/r-…/ou-…/` */
export function pathOf(ctx: OperationContext, organization: Organization, target: Target): string {
  const ids = lineOf(ctx, organization, target).map(({ id }) => id);
  return `${[organization.id, ...ids].join('/')}/`;
}
