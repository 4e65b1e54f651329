// EnableAWSServiceAccess, DisableAWSServiceAccess, ListAWSServiceAccessForOrganization: which services may work across the
// accounts of an organization. Of those, IAM is here: it lets the management account in as the root of its members.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services.html

import type { Operations } from '../../aws/operation.ts';
import { inOrder } from '../../aws/paginate.ts';
import type { OrganizationsApi } from '../../generated/organizations.types.ts';
import { requireOwnOrganization } from './organization.ts';
import { notBuilt } from './organizations.errors.ts';
import { organizations } from './organizations.table.ts';
import { pageOf } from './pages.ts';

const integrated: ReadonlySet<string> = new Set(['iam.amazonaws.com']);

export const serviceAccessOperations = {
  EnableAWSServiceAccess(ctx, { ServicePrincipal: principal }) {
    const { id, row } = requireOwnOrganization(ctx);
    if (!integrated.has(principal)) throw notBuilt(`access of ${principal}`);
    if (row.spec.serviceAccess?.some((access) => access.principal === principal)) return {};
    ctx.table(organizations).update(id, ({ serviceAccess = [], ...spec }) => ({
      ...spec,
      serviceAccess: [...serviceAccess, { principal, enabledAtMs: ctx.nowMs }],
    }));
    return {};
  },

  DisableAWSServiceAccess(ctx, { ServicePrincipal: principal }) {
    const { id } = requireOwnOrganization(ctx);
    ctx.table(organizations).update(id, ({ serviceAccess = [], ...spec }) => ({
      ...spec,
      serviceAccess: serviceAccess.filter((access) => access.principal !== principal),
    }));
    return {};
  },

  ListAWSServiceAccessForOrganization(ctx, input) {
    const { row } = requireOwnOrganization(ctx);
    const listed = (row.spec.serviceAccess ?? []).map((access) => ({ id: access.principal, ...access }));
    const { rows, page } = pageOf(ctx, 'ListAWSServiceAccess', input, inOrder(listed));
    return {
      EnabledServicePrincipals: rows.map(({ principal, enabledAtMs }) => ({
        ServicePrincipal: principal,
        DateEnabled: enabledAtMs,
      })),
      ...page,
    };
  },
} satisfies Operations<OrganizationsApi>;
