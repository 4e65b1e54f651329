// What must be true once nothing fails any more: the world is what the rows say, and nothing else is in it.

import { isDeepStrictEqual } from 'node:util';
import { type InstanceRow, instances, stateOf } from '../../src/services/ec2/instances.table.ts';
import { networkInterfaces, publicAddresses } from '../../src/services/ec2/network-interfaces.table.ts';
import { volumes } from '../../src/services/ec2/volumes.table.ts';
import { vpcPicture } from '../../src/services/ec2/vpc-picture.ts';
import { fail } from './oracle.ts';
import type { SimulatedWorld } from './simulated-world.ts';

export async function checkConverged(world: SimulatedWorld): Promise<void> {
  const rows = [...world.store().listAll(instances)];
  const unsettled = rows.filter((row) => !['running', 'stopped', 'terminated'].includes(stateOf(row)));
  if (unsettled.length > 0) fail(`never settled: ${unsettled.map((row) => `${row.id} ${stateOf(row)}`).join(', ')}`);
  const idsOf = (state: string) =>
    rows
      .filter((row) => stateOf(row) === state)
      .map(({ id }) => id)
      .sort();

  same('machines that run', runningIds(world), idsOf('running'));
  const onHost = world.drivers.hypervisor.machines().map(({ id }) => id);
  same(
    'machines of terminated instances',
    onHost.filter((id) => !idsOf('running').includes(id) && !idsOf('stopped').includes(id)),
    [],
  );
  checkVolumes(world);
  checkNetworks(world, rows);
  checkAddresses(world, rows);
  for (const driver of Object.values(world.drivers)) same('violations', driver.violations, []);
}

export function runningIds({ drivers }: SimulatedWorld): readonly string[] {
  const running = drivers.hypervisor.machines().filter(({ state }) => state === 'running');
  return running.map(({ id }) => id).sort();
}

/** A volume whose instance was stopped halfway through its first start may have its bytes and not know. */
function checkVolumes({ drivers, store }: SimulatedWorld): void {
  const onHost = drivers.disks.volumes().map(({ id }) => id);
  const rows = [...store().listAll(volumes)];
  same(
    'volumes without a row',
    onHost.filter((id) => !rows.some((row) => row.id === id)),
    [],
  );
  same(
    'volumes that are lost',
    rows.filter(({ id, status }) => status.isCreated && !onHost.includes(id)).map(({ id }) => id),
    [],
  );
}

function checkNetworks(world: SimulatedWorld, rows: readonly InstanceRow[]): void {
  const inUse = [...new Set(rows.filter((row) => stateOf(row) === 'running').map(({ spec }) => spec.vpcId))].sort();
  same('networks', [...world.drivers.network.pictures.keys()].sort(), inUse);
  for (const [vpcId, picture] of world.drivers.network.pictures) {
    if (!isDeepStrictEqual(picture, vpcPicture(world.store(), vpcId)))
      fail(`the network of ${vpcId} is not what its rows say`);
  }
}

function checkAddresses(world: SimulatedWorld, rows: readonly InstanceRow[]): void {
  const seen = new Set<string>();
  const running = new Set(rows.filter((row) => stateOf(row) === 'running').map(({ id }) => id));
  const inUse = new Set<string>();
  for (const { spec } of world.store().listAll(networkInterfaces)) {
    if (spec.publicAddress) inUse.add(spec.publicAddress);
    if (spec.publicAddress && !running.has(spec.attachment?.instanceId ?? ''))
      fail(`${spec.publicAddress} is kept by an instance that does not run`);
    for (const address of [
      `${spec.vpcId}/${spec.privateAddress}`,
      ...(spec.publicAddress ? [spec.publicAddress] : []),
    ]) {
      if (seen.has(address)) fail(`${address} was given out twice`);
      seen.add(address);
    }
  }
  same(
    'public addresses taken',
    [...world.store().listAll(publicAddresses)].map(({ id }) => id).sort(),
    [...inUse].sort(),
  );
}

function same(what: string, found: unknown, expected: unknown): void {
  if (isDeepStrictEqual(found, expected)) return;
  if (!Array.isArray(found) || !Array.isArray(expected)) fail(`${what}: found ${JSON.stringify(found)}`);
  const tooMuch = found.filter((item) => !expected.includes(item));
  const missing = expected.filter((item) => !found.includes(item));
  fail(`${what}: too much: ${tooMuch.join(', ') || 'nothing'}; missing: ${missing.join(', ') || 'nothing'}`);
}
