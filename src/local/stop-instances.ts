// Ends every guest of the cloud, in all accounts and regions: first as its owner would, so that each is `stopped` and
// can be started again; then, for what cannot be asked (a launch under way, stop protection, a stray), by force.

import { AwsError } from '../aws/errors.ts';
import { rootPrincipal } from '../aws/principal.ts';
import type { Cloud } from '../cloud.ts';
import type { Hypervisor } from '../drivers/hypervisor/hypervisor.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Store } from '../kernel/store.ts';
import { instances } from '../services/ec2/instances.table.ts';

export interface StopInstancesOptions {
  readonly cloud: Pick<Cloud, 'client' | 'settle'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** Guests get their grace period within this; then the force of `forceGuestsOff` is all that is left. */
const patienceMs = 120_000;

/** Resolves when the reconcilers have carried it out, to the ids of the instances that were running. */
export async function stopAllInstances({ cloud, store, clock, log }: StopInstancesOptions): Promise<readonly string[]> {
  const running = [...store.listAll(instances)].filter(({ spec }) => spec.desired === 'running');
  const stopped: string[] = [];
  for (const { account, region, id } of running) {
    const client = cloud.client('ec2', { account, region }, rootPrincipal(account));
    try {
      await client.StopInstances({ InstanceIds: [id] });
      stopped.push(id);
    } catch (error) {
      if (!(error instanceof AwsError) || error.fault === 'server') throw error;
      log.warn('an instance cannot be stopped by its owner and loses its power instead', { id, reason: error.message });
    }
  }
  const patience = new AbortController();
  await Promise.race([cloud.settle(), clock.sleep(patienceMs, patience.signal).catch(() => undefined)]);
  patience.abort();
  return stopped;
}

const forcedGraceMs = 10_000;

/** To be called when no reconciler runs any more that would start them again. */
export async function forceGuestsOff(hypervisor: Hypervisor, log: Log): Promise<void> {
  const running = (await hypervisor.list()).filter(({ state }) => state === 'running');
  await Promise.all(
    running.map(async ({ id }) => {
      log.warn('cutting the power of a guest', { id });
      await hypervisor.ensureStopped(id, forcedGraceMs);
    }),
  );
}
