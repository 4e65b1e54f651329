// AssociateIamInstanceProfile, DisassociateIamInstanceProfile, ReplaceIamInstanceProfileAssociation and
// DescribeIamInstanceProfileAssociations. An association is part of its instance's row: there is one at most.

import type { FilterFields } from '../../aws/filters.ts';
import { compileFilters } from '../../aws/filters.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import { paginate } from '../../aws/paginate.ts';
import type {
  Ec2Api,
  IamInstanceProfileAssociation,
  IamInstanceProfileAssociationState,
} from '../../generated/ec2.types.ts';
import { classicPaging } from './describe-paging.ts';
import { existingAssociation, notRunningOrStopped, unknownProfileAssociation } from './ec2.errors.ts';
import { newAssociation, requireProfile } from './instance-profiles.ts';
import { describeProfile } from './instances.describe.ts';
import { type InstanceRow, type InstanceSpec, instances, stateOf } from './instances.table.ts';
import { requireInstance } from './instances.ts';

export const instanceProfileOperations = {
  AssociateIamInstanceProfile(ctx, { InstanceId, IamInstanceProfile }) {
    const row = requireInstance(ctx, InstanceId);
    const profile = requireProfile(ctx, IamInstanceProfile);
    const state = stateOf(row);
    if (state !== 'running' && state !== 'stopped') throw notRunningOrStopped(InstanceId);
    if (row.spec.instanceProfile) throw existingAssociation(InstanceId);
    const instanceProfile = newAssociation(ctx, profile);
    const after = ctx.table(instances).update(row.id, (spec) => ({ ...spec, instanceProfile }));
    return { IamInstanceProfileAssociation: describeAssociation(after, 'associating') };
  },

  DisassociateIamInstanceProfile(ctx, { AssociationId }) {
    const row = requireAssociated(ctx, AssociationId);
    ctx.table(instances).update(row.id, ({ instanceProfile: _, ...spec }): InstanceSpec => spec);
    return { IamInstanceProfileAssociation: describeAssociation(row, 'disassociating') };
  },

  ReplaceIamInstanceProfileAssociation(ctx, { AssociationId, IamInstanceProfile }) {
    const row = requireAssociated(ctx, AssociationId);
    const instanceProfile = newAssociation(ctx, requireProfile(ctx, IamInstanceProfile));
    const after = ctx.table(instances).update(row.id, (spec) => ({ ...spec, instanceProfile }));
    return { IamInstanceProfileAssociation: describeAssociation(after, 'associating') };
  },

  DescribeIamInstanceProfileAssociations(ctx, input) {
    const { AssociationIds: ids = [], MaxResults, NextToken } = input;
    const paging = classicPaging('associationIdsSet');
    if (ids.length > 0) {
      const found = ids.flatMap((id) => [...ctx.table(instances).by('byProfileAssociation', id)].filter(isShown));
      return { IamInstanceProfileAssociations: found.map((row) => describeAssociation(row)) };
    }
    const matches = compileFilters(input.Filters, filterFields, () => ({}));
    const page = paginate({
      rows: (afterId) => ctx.table(instances).list(afterId),
      where: (row) => isShown(row) && matches(row),
      maxResults: MaxResults,
      nextToken: NextToken || undefined,
      scope: `ec2:DescribeIamInstanceProfileAssociations/${ctx.account}/${ctx.region}`,
      bounds: paging.bounds,
      errors: paging,
    });
    return {
      IamInstanceProfileAssociations: page.rows.map((row) => describeAssociation(row)),
      NextToken: page.nextToken,
    };
  },
} satisfies Operations<Ec2Api>;

const isShown = (row: InstanceRow): boolean => describeProfile(row) !== undefined;

const filterFields: FilterFields<InstanceRow> = {
  'instance-id': (row) => row.id,
  state: () => 'associated',
};

function requireAssociated(ctx: OperationContext, associationId: string): InstanceRow {
  for (const row of ctx.table(instances).by('byProfileAssociation', associationId)) if (isShown(row)) return row;
  throw unknownProfileAssociation(associationId);
}

/** What was just asked for is under way; the guest is told at once, so the next look finds it done. */
const describeAssociation = (
  row: InstanceRow,
  State: IamInstanceProfileAssociationState = 'associated',
): IamInstanceProfileAssociation => ({
  AssociationId: row.spec.instanceProfile?.associationId,
  InstanceId: row.id,
  IamInstanceProfile: describeProfile(row),
  State,
});
