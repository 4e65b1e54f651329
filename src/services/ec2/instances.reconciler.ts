// Makes machines match instance rows. `planInstance` decides, purely; the steps act, and are safe to repeat: a crash
// between any two of them is followed by the same plan.

import { guestPrincipal } from '../../aws/principal.ts';
import type { World } from '../../aws/service.ts';
import type { MachineObservation, MachineSpec } from '../../drivers/hypervisor/hypervisor.ts';
import { allDone } from '../../kernel/parallel.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { privateDnsName } from './dns-names.ts';
import { type InstanceRow, type InstanceStatus, instances } from './instances.table.ts';
import { networkInterfaces } from './network-interfaces.table.ts';
import { removeNetworkInterface } from './network-interfaces.ts';
import { resourceTags } from './tags.table.ts';
import { volumes } from './volumes.table.ts';
import { applyVpcIfChanged } from './vpcs.reconciler.ts';

export type InstanceStep =
  | { readonly kind: 'nothing' }
  /** A machine whose row is gone. */
  | { readonly kind: 'sweep' }
  | { readonly kind: 'start' }
  /** It runs, but the row does not know yet: we were killed between the two, or just started. */
  | { readonly kind: 'adopt' }
  | { readonly kind: 'reboot' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'terminate' }
  /** The guest switched itself off: that is an operation of its own, by the guest. */
  | { readonly kind: 'guest-power-off' }
  /** Terminated long enough ago to vanish from DescribeInstances. */
  | { readonly kind: 'forget' }
  | { readonly kind: 'wait'; readonly delayMs: number };

/** AWS shows a terminated instance for about an hour. */
const terminatedShownForMs = 3600_000;
const stopGraceMs = 60_000;
const terminateGraceMs = 10_000;
const rebootGraceMs = 60_000;

export function planInstance(
  row: InstanceRow | undefined,
  machine: MachineObservation | undefined,
  nowMs: number,
): InstanceStep {
  if (!row) return machine ? { kind: 'sweep' } : { kind: 'nothing' };
  const { spec, status } = row;
  const isRunning = machine?.state === 'running';
  if (spec.desired === 'terminated') return planTerminated(status, machine, nowMs);
  if (spec.desired === 'stopped') {
    return isRunning || status.observed !== 'stopped' ? { kind: 'stop' } : { kind: 'nothing' };
  }
  const isCarriedOut = status.observed === 'running' && status.startCount === spec.startCount;
  if (!isRunning)
    return isCarriedOut && machine?.powerOff === 'guest' ? { kind: 'guest-power-off' } : { kind: 'start' };
  if (!isCarriedOut) return { kind: 'adopt' };
  return status.rebootCount < spec.rebootCount ? { kind: 'reboot' } : { kind: 'nothing' };
}

function planTerminated(status: InstanceStatus, machine: MachineObservation | undefined, nowMs: number): InstanceStep {
  if (machine || status.observed !== 'terminated') return { kind: 'terminate' };
  const leftMs = (status.terminatedAtMs ?? nowMs) + terminatedShownForMs - nowMs;
  return leftMs > 0 ? { kind: 'wait', delayMs: leftMs } : { kind: 'forget' };
}

export function createInstanceReconciler(world: World): Reconciler {
  const { store, clock } = world;
  const { hypervisor } = world.drivers;
  return {
    name: 'ec2.instances',
    async keys() {
      const ids = new Set((await hypervisor.list()).map(({ id }) => id));
      for (const id of store.listIds(instances)) ids.add(id);
      return ids;
    },
    wakes: (change) => (change.table === instances.name ? [change.key.id] : []),
    watch: (wake) => hypervisor.watch(wake),
    async reconcile(id) {
      const machine = await hypervisor.inspect(id);
      const row = store.find(instances, id);
      const step = planInstance(row, machine, clock.now());
      if (step.kind === 'sweep') {
        await hypervisor.ensureAbsent(id);
        return undefined;
      }
      if (!row || step.kind === 'nothing') return undefined;
      if (step.kind === 'wait') return step.delayMs;
      await steps[step.kind](world, row);
      return step.kind === 'terminate' ? terminatedShownForMs : undefined;
    },
  };
}

type Step = (world: World, row: InstanceRow) => Promise<void>;

const steps = { start, adopt, reboot, stop, terminate, 'guest-power-off': guestPowerOff, forget } satisfies Record<
  string,
  Step
>;

async function start(world: World, row: InstanceRow): Promise<void> {
  const [rootDevicePath] = await allDone([attachRoot(world, row), applyVpcIfChanged(world, row.spec.vpcId)]);
  await world.drivers.hypervisor.ensureRunning(machineSpec(world, row, rootDevicePath));
  await adopt(world, row);
}

async function attachRoot({ store, drivers, log }: World, row: InstanceRow): Promise<string> {
  const volume = store.read(volumes, row).get(row.spec.rootVolumeId);
  if (!volume) throw new Error(`${row.id} has no root volume ${row.spec.rootVolumeId}`);
  if (!volume.status.isCreated) {
    const { baseImage } = row.spec;
    const sourcePath = await drivers.images.ensureBuilt(baseImage, ({ step, fraction }) =>
      log.info(`building ${baseImage}: ${step}`, { percent: Math.round(fraction * 100) }),
    );
    await drivers.disks.ensureVolume({ id: volume.id, sizeGiB: volume.spec.sizeGiB, sourcePath });
    store.changeStatuses((transaction) =>
      transaction.table(volumes, row).update(volume.id, (status) => ({ ...status, isCreated: true })),
    );
  }
  return drivers.disks.ensureAttached(volume.id);
}

export function machineSpec({ store, drivers }: World, row: InstanceRow, rootDevicePath: string): MachineSpec {
  const { spec } = row;
  const interfaces = spec.networkInterfaceIds.map((interfaceId) => {
    const networkInterface = store.read(networkInterfaces, row).get(interfaceId);
    if (!networkInterface) throw new Error(`${row.id} has no network interface ${interfaceId}`);
    const { macAddress, privateAddress } = networkInterface.spec;
    const hostName = drivers.network.interfaceName(interfaceId);
    return { id: interfaceId, vpcId: spec.vpcId, hostName, macAddress, privateAddress, mtu: guestMtu };
  });
  const [hostname = row.id] = privateDnsName(interfaces[0]?.privateAddress ?? '', row.region).split('.');
  return { id: row.id, hostname, vcpus: spec.vcpus, memoryMiB: spec.memoryMiB, rootDevicePath, interfaces };
}

const guestMtu = 1500;

/** Writes down that it runs. What a later start or reboot asks for stays to be done. */
function adopt({ store, clock, drivers }: World, row: InstanceRow): Promise<void> {
  const { startCount, rebootCount } = row.spec;
  // A simulated guest never asks for its metadata, and would be waited for in vain.
  const contact = drivers.hypervisor.kind === 'simulated' ? { contactStartCount: startCount } : {};
  store.changeStatuses((transaction) =>
    transaction.table(instances, row).update(row.id, (status) => ({
      ...status,
      observed: 'running',
      startCount,
      rebootCount,
      ...contact,
      runningSinceMs: clock.now(),
    })),
  );
  return Promise.resolve();
}

async function reboot(world: World, row: InstanceRow): Promise<void> {
  const rootDevicePath = await attachRoot(world, row);
  await world.drivers.hypervisor.reboot(machineSpec(world, row, rootDevicePath), rebootGraceMs);
  world.store.changeStatuses((transaction) =>
    transaction.table(instances, row).update(row.id, (status) => ({ ...status, rebootCount: row.spec.rebootCount })),
  );
}

async function stop({ store, drivers }: World, row: InstanceRow): Promise<void> {
  await drivers.hypervisor.ensureStopped(row.id, row.spec.force ? 0 : stopGraceMs);
  await drivers.disks.ensureDetached(row.spec.rootVolumeId);
  store.changeStatuses((transaction) =>
    transaction
      .table(instances, row)
      .update(row.id, ({ startCount, rebootCount }) => ({ observed: 'stopped', startCount, rebootCount })),
  );
}

/** The machine first, then what it stood on; the rows of those leave with them. What is destroyed cannot be taken back. */
async function terminate({ store, clock, drivers }: World, row: InstanceRow): Promise<void> {
  await store.flushed();
  await drivers.hypervisor.ensureStopped(row.id, terminateGraceMs);
  await drivers.hypervisor.ensureAbsent(row.id);
  const attached = [...store.read(volumes, row).by('byInstance', row.id)];
  for (const volume of attached) {
    if (volume.spec.attachment?.deleteOnTermination) await drivers.disks.ensureAbsent(volume.id);
    else await drivers.disks.ensureDetached(volume.id);
  }
  store.changeStatuses((transaction) => {
    for (const volume of attached) {
      if (!volume.spec.attachment?.deleteOnTermination) continue;
      transaction.table(volumes, row).remove(volume.id);
      transaction.table(resourceTags, row).remove(volume.id);
    }
    for (const networkInterface of [...transaction.table(networkInterfaces, row).by('byInstance', row.id)]) {
      if (networkInterface.spec.attachment?.deleteOnTermination) removeNetworkInterface(transaction, networkInterface);
    }
    transaction.table(instances, row).update(row.id, ({ startCount, rebootCount, terminatedAtMs }) => ({
      observed: 'terminated',
      startCount,
      rebootCount,
      terminatedAtMs: terminatedAtMs ?? clock.now(),
    }));
  });
}

async function guestPowerOff(world: World, row: InstanceRow): Promise<void> {
  const ec2 = world.client('ec2', row, guestPrincipal(row.id, row.account));
  if (row.spec.shutdownBehavior === 'terminate') await ec2.TerminateInstances({ InstanceIds: [row.id] });
  else await ec2.StopInstances({ InstanceIds: [row.id] });
}

function forget({ store }: World, row: InstanceRow): Promise<void> {
  store.changeStatuses((transaction) => {
    transaction.table(instances, row).remove(row.id);
    transaction.table(resourceTags, row).remove(row.id);
  });
  return Promise.resolve();
}
