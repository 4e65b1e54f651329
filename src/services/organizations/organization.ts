// The organization that a request is about: its caller's. Most operations are for the management account alone.

import type { OperationContext } from '../../aws/operation.ts';
import type { Scope } from '../../kernel/table.ts';
import { accounts } from './accounts.table.ts';
import { organizationsArn } from './ids.ts';
import { accessDenied, notInUse } from './organizations.errors.ts';
import { type OrganizationRow, organizations } from './organizations.table.ts';

export interface Organization {
  readonly id: string;
  /** Of the management account, where the organization's rows are. */
  readonly scope: Scope;
  readonly row: OrganizationRow;
}

/** Of any account that is in one. */
export function requireOrganization(ctx: OperationContext): Organization {
  const organization = getOrganization(ctx, ctx.account);
  if (!organization) throw notInUse();
  return organization;
}

export function requireOwnOrganization(ctx: OperationContext): Organization {
  const organization = requireOrganization(ctx);
  if (organization.scope.account !== ctx.account) throw accessDenied();
  return organization;
}

export function getOrganization(ctx: OperationContext, account: string): Organization | undefined {
  const member = ctx.find(accounts, account);
  if (!member) return undefined;
  const scope = { account: member.account, region: '' };
  const row = ctx.tableIn(organizations, scope).get(member.spec.organizationId);
  return row && { id: row.id, scope, row };
}

export const arnIn = ({ id, scope }: Organization, kind: string, rest: string): string =>
  organizationsArn(scope.account, `${kind}/${id}/${rest}`);

export const hasServiceAccess = ({ row }: Organization, service: string): boolean =>
  row.spec.serviceAccess?.some(({ principal }) => principal === service) === true;
