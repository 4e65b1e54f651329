// Start, stop, reboot, terminate: each writes what is wanted and answers with the states before and after.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html

import { awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { Ec2Api, InstanceStateChange } from '../../generated/ec2.types.ts';
import { formatIso } from '../../kernel/clock.ts';
import {
  type InstanceRow,
  type InstanceSpec,
  instanceStateCodes,
  instances,
  type StateTransition,
  stateOf,
} from './instances.table.ts';
import { requireInstances } from './instances.ts';
import { assignPublicAddress, releasePublicAddress } from './network-interfaces.ts';

export const instanceStateOperations = {
  StartInstances(ctx, { InstanceIds }) {
    requireRunnable(ctx);
    const StartingInstances = changeEach(ctx, requireInstances(ctx, InstanceIds), (row) => {
      const state = stateOf(row);
      if (state === 'running' || state === 'pending') return row.spec;
      if (state !== 'stopped') {
        throw awsError(
          'IncorrectInstanceState',
          `The instance '${row.id}' is not in a state from which it can be started.`,
        );
      }
      if (row.spec.associatePublicAddress) assignPublicAddress(ctx, row.spec.networkInterfaceIds[0] as string);
      const { transition: _, ...spec } = row.spec;
      return { ...spec, desired: 'running', force: false, startCount: spec.startCount + 1, launchTimeMs: ctx.nowMs };
    });
    return { StartingInstances };
  },

  StopInstances(ctx, { InstanceIds, Force = false, Hibernate = false }) {
    if (Hibernate) {
      throw awsError(
        'UnsupportedHibernationConfiguration',
        `The instance '${InstanceIds[0]}' was not enabled for hibernation on launch.`,
      );
    }
    const StoppingInstances = changeEach(ctx, requireInstances(ctx, InstanceIds), (row) => {
      const state = stateOf(row);
      if (state === 'stopped' || state === 'stopping') return Force ? { ...row.spec, force: true } : row.spec;
      if (state !== 'running' && state !== 'pending') {
        throw awsError(
          'IncorrectInstanceState',
          `The instance '${row.id}' is not in a state from which it can be stopped.`,
        );
      }
      if (row.spec.disableApiStop && ctx.principal.kind !== 'guest')
        throw protectedFrom(row.id, 'stopped', 'disableApiStop');
      releasePublicAddress(ctx, row.spec.networkInterfaceIds[0] as string);
      return { ...row.spec, desired: 'stopped', force: Force, transition: shutdownBy(ctx) };
    });
    return { StoppingInstances };
  },

  RebootInstances(ctx, { InstanceIds }) {
    changeEach(ctx, requireInstances(ctx, InstanceIds), (row) => {
      const state = stateOf(row);
      if (state !== 'running' && state !== 'pending') {
        throw awsError(
          'IncorrectInstanceState',
          `This instance '${row.id}' is not in a state from which it can be rebooted.`,
        );
      }
      return state === 'running' ? { ...row.spec, rebootCount: row.spec.rebootCount + 1 } : row.spec;
    });
    return {};
  },

  TerminateInstances(ctx, { InstanceIds }) {
    const rows = requireInstances(ctx, InstanceIds);
    const isProtected = rows.find(({ spec }) => spec.disableApiTermination);
    if (isProtected && ctx.principal.kind !== 'guest')
      throw protectedFrom(isProtected.id, 'terminated', 'disableApiTermination');
    const TerminatingInstances = changeEach(ctx, rows, (row) => {
      if (row.spec.desired === 'terminated') return row.spec;
      const networkInterfaceId = row.spec.networkInterfaceIds[0];
      if (networkInterfaceId) releasePublicAddress(ctx, networkInterfaceId);
      return { ...row.spec, desired: 'terminated', transition: shutdownBy(ctx) };
    });
    return { TerminatingInstances };
  },
} satisfies Operations<Ec2Api>;

/** Says so at once when this host cannot run an instance, instead of leaving one pending for ever. */
export function requireRunnable(ctx: OperationContext): void {
  const missing = Object.values(ctx.host.capabilities).find(({ available }) => !available);
  if (!missing) return;
  const remedy = missing.remedy ? ` To mend it: ${missing.remedy}` : '';
  throw awsError(
    'Unsupported',
    `This host cannot run instances: ${missing.name}: ${missing.reason ?? 'not available'}.${remedy}`,
  );
}

function changeEach(
  ctx: OperationContext,
  rows: readonly InstanceRow[],
  change: (row: InstanceRow) => InstanceSpec,
): readonly InstanceStateChange[] {
  return rows.map((row) => {
    const spec = change(row);
    const after = spec === row.spec ? row : ctx.table(instances).update(row.id, () => spec);
    return { InstanceId: row.id, PreviousState: describeState(row), CurrentState: describeState(after) };
  });
}

export function describeState(row: InstanceRow): { readonly Code: number; readonly Name: ReturnType<typeof stateOf> } {
  const name = stateOf(row);
  return { Code: instanceStateCodes[name], Name: name };
}

/** As StateTransitionReason and StateReason show it: `User initiated (2026-11-21 09:00:00 GMT)`. */
function shutdownBy(ctx: OperationContext): StateTransition {
  if (ctx.principal.kind === 'guest') {
    const code = 'Client.InstanceInitiatedShutdown';
    return { code, message: `${code}: Instance initiated shutdown`, reason: '' };
  }
  const at = formatIso(ctx.nowMs, 'seconds').replace('T', ' ').replace('Z', ' GMT');
  const code = 'Client.UserInitiatedShutdown';
  return { code, message: `${code}: User initiated shutdown`, reason: `User initiated (${at})` };
}

function protectedFrom(instanceId: string, what: 'stopped' | 'terminated', attribute: string) {
  return awsError(
    'OperationNotPermitted',
    `The instance '${instanceId}' may not be ${what}. Modify its '${attribute}' instance attribute and try again.`,
  );
}
