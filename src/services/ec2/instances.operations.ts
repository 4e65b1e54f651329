// DescribeInstances and DescribeInstanceStatus.

import type { FilterFields } from '../../aws/filters.ts';
import type { AsyncOperations, OperationContext, Operations } from '../../aws/operation.ts';
import type {
  DescribeInstancesResult,
  Ec2Api,
  Instance,
  InstanceStatus,
  Reservation,
} from '../../generated/ec2.types.ts';
import { describeRows } from './describe.ts';
import { classicPaging } from './describe-paging.ts';
import { describeInSlices } from './describe-slices.ts';
import { describeState } from './instance-states.operations.ts';
import { describeReservationOf, zoneIdOf } from './instances.describe.ts';
import { instanceFilters } from './instances.filters.ts';
import { type InstanceRow, instanceStateCodes, isReachable, stateOf } from './instances.table.ts';
import { resourceKinds } from './resources.ts';

export const instanceOperations = {
  DescribeInstances(ctx, input) {
    const { described, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeInstances',
      kind: resourceKinds.instance,
      input,
      ids: input.InstanceIds,
      fields: input.Filters?.length ? instanceFilters(ctx) : {},
      paging: classicPaging('instancesSet'),
      describe: (row) => row,
    });
    return { Reservations: groupByReservation(ctx, described), NextToken };
  },

  DescribeInstanceStatus(ctx, input) {
    const { described: InstanceStatuses, nextToken: NextToken } = describeRows(ctx, {
      operation: 'DescribeInstanceStatus',
      kind: resourceKinds.instance,
      input,
      ids: input.InstanceIds,
      fields: statusFilters,
      paging: classicPaging('instancesSet'),
      where: (row) => input.IncludeAllInstances === true || stateOf(row) === 'running',
      describe: describeStatus,
    });
    return { InstanceStatuses, NextToken };
  },
} satisfies Operations<Ec2Api>;

/** The same, for whoever can wait. */
export const instanceAsyncOperations = {
  DescribeInstances: (ctx, input) =>
    describeInSlices(ctx, input, {
      describe: instanceOperations.DescribeInstances,
      isPaged: ({ InstanceIds = [] }) => InstanceIds.length === 0,
      join: joinReservations,
    }),
} satisfies AsyncOperations<Ec2Api>;

/** The instances of one reservation may be in several slices. */
function joinReservations(parts: readonly DescribeInstancesResult[]): DescribeInstancesResult {
  const joined = new Map<string, Reservation>();
  for (const reservation of parts.flatMap(({ Reservations = [] }) => Reservations)) {
    const id = reservation.ReservationId ?? '';
    const { Instances = [] } = joined.get(id) ?? {};
    joined.set(id, { ...reservation, Instances: [...Instances, ...(reservation.Instances ?? [])].sort(byLaunchIndex) });
  }
  return { Reservations: [...joined.values()], NextToken: parts.at(-1)?.NextToken };
}

const byLaunchIndex = (a: Instance, b: Instance): number => (a.AmiLaunchIndex ?? 0) - (b.AmiLaunchIndex ?? 0);

function groupByReservation(ctx: OperationContext, rows: readonly InstanceRow[]): readonly Reservation[] {
  const groups = new Map<string, InstanceRow[]>();
  for (const row of rows) {
    const group = groups.get(row.spec.reservationId);
    if (group) group.push(row);
    else groups.set(row.spec.reservationId, [row]);
  }
  return [...groups].map(([reservationId, group]) => describeReservationOf(ctx, reservationId, group));
}

function describeStatus(row: InstanceRow): InstanceStatus {
  const summary = (isPassed: boolean) => {
    const isRunning = stateOf(row) === 'running';
    const Status = !isRunning ? ('not-applicable' as const) : isPassed ? ('ok' as const) : ('initializing' as const);
    if (!isRunning) return { Status };
    return {
      Status,
      Details: [{ Name: 'reachability' as const, Status: isPassed ? ('passed' as const) : ('initializing' as const) }],
    };
  };
  return {
    AvailabilityZone: row.spec.availabilityZone,
    AvailabilityZoneId: zoneIdOf(row),
    InstanceId: row.id,
    InstanceState: describeState(row),
    InstanceStatus: summary(isReachable(row)),
    SystemStatus: summary(true),
    AttachedEbsStatus: summary(true),
  };
}

const statusFilters: FilterFields<InstanceRow> = {
  'availability-zone': (row) => row.spec.availabilityZone,
  'availability-zone-id': (row) => zoneIdOf(row),
  'instance-state-code': (row) => String(instanceStateCodes[stateOf(row)]),
  'instance-state-name': stateOf,
  'instance-status.reachability': (row) => describeStatus(row).InstanceStatus?.Details?.[0]?.Status,
  'instance-status.status': (row) => describeStatus(row).InstanceStatus?.Status,
  'system-status.reachability': (row) => describeStatus(row).SystemStatus?.Details?.[0]?.Status,
  'system-status.status': (row) => describeStatus(row).SystemStatus?.Status,
  'attached-ebs-status.reachability': (row) => describeStatus(row).AttachedEbsStatus?.Details?.[0]?.Status,
  'attached-ebs-status.status': (row) => describeStatus(row).AttachedEbsStatus?.Status,
  'application-status.status': () => undefined,
  'event.code': () => undefined, // nothing is scheduled for any instance
  'event.description': () => undefined,
  'event.instance-event-id': () => undefined,
  'event.not-after': () => undefined,
  'event.not-before': () => undefined,
  'event.not-before-deadline': () => undefined,
  'operator.managed': () => 'false',
  'operator.principal': () => undefined,
};
