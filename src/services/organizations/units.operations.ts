// CreateOrganizationalUnit, DescribeOrganizationalUnit, UpdateOrganizationalUnit, DeleteOrganizationalUnit,
// ListOrganizationalUnitsForParent.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganizationalUnit.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import { inOrder } from '../../aws/paginate.ts';
import type { OrganizationalUnit, OrganizationsApi } from '../../generated/organizations.types.ts';
import { accounts } from './accounts.table.ts';
import { newUnitId } from './ids.ts';
import { type Organization, requireOwnOrganization } from './organization.ts';
import { constraintViolation, duplicateUnit, unitNotEmpty } from './organizations.errors.ts';
import { isEmpty, pageOf } from './pages.ts';
import { addTags } from './tags.ts';
import { attachedAtFirst, lineOf, pathOf, requireParent, requireTarget, requireUnit } from './targets.ts';
import { units } from './units.table.ts';

const mostUnits = 1000;
const mostLevels = 5;

export const unitOperations = {
  CreateOrganizationalUnit(ctx, { ParentId, Name, Tags }) {
    const organization = requireOwnOrganization(ctx);
    const parent = requireParent(ctx, organization, ParentId);
    requireNewName(ctx, ParentId, Name);
    if (lineOf(ctx, organization, parent).length > mostLevels) throw constraintViolation('OU_DEPTH_LIMIT_EXCEEDED');
    if ([...ctx.table(units).list()].length >= mostUnits) throw constraintViolation('OU_NUMBER_LIMIT_EXCEEDED');
    const { id } = ctx.table(units).insert(newUnitId(ctx.random, organization.row.spec.root.id), {
      name: Name,
      parentId: ParentId,
      policyIds: attachedAtFirst(organization),
      tags: addTags([], Tags),
    });
    return { OrganizationalUnit: describeUnit(ctx, organization, id) };
  },

  DescribeOrganizationalUnit(ctx, { OrganizationalUnitId }) {
    const organization = requireOwnOrganization(ctx);
    const { id } = requireUnit(ctx, organization, OrganizationalUnitId);
    return { OrganizationalUnit: describeUnit(ctx, organization, id) };
  },

  UpdateOrganizationalUnit(ctx, { OrganizationalUnitId, Name }) {
    const organization = requireOwnOrganization(ctx);
    const { id, spec } = requireUnit(ctx, organization, OrganizationalUnitId);
    if (Name !== undefined && Name !== spec.name) {
      requireNewName(ctx, spec.parentId, Name);
      ctx.table(units).update(id, () => ({ ...spec, name: Name }));
    }
    return { OrganizationalUnit: describeUnit(ctx, organization, id) };
  },

  DeleteOrganizationalUnit(ctx, { OrganizationalUnitId }) {
    const { id } = requireUnit(ctx, requireOwnOrganization(ctx), OrganizationalUnitId);
    const hasNone = isEmpty(ctx.table(units).by('byParent', id)) && isEmpty(ctx.table(accounts).by('byParent', id));
    if (!hasNone) throw unitNotEmpty();
    ctx.table(units).remove(id);
    return {};
  },

  ListOrganizationalUnitsForParent(ctx, input) {
    const organization = requireOwnOrganization(ctx);
    const { id } = requireParent(ctx, organization, input.ParentId);
    const children = inOrder(ctx.table(units).by('byParent', id));
    const { rows, page } = pageOf(ctx, `ListOrganizationalUnitsForParent ${id}`, input, children);
    return { OrganizationalUnits: rows.map((row) => describeUnit(ctx, organization, row.id)), ...page };
  },
} satisfies Operations<OrganizationsApi>;

/** Of those below the same parent. */
function requireNewName(ctx: OperationContext, parentId: string, name: string): void {
  for (const { spec } of ctx.table(units).by('byParent', parentId)) if (spec.name === name) throw duplicateUnit();
}

function describeUnit(ctx: OperationContext, organization: Organization, id: string): OrganizationalUnit {
  const unit = requireTarget(ctx, organization, id);
  return { Id: id, Arn: unit.arn, Name: unit.name, Path: pathOf(ctx, organization, unit) };
}
