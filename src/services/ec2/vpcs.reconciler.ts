// Gives a VPC a network on the host while an instance needs one, makes it look like the rows say, and takes it away.
//
// The network goes last: only when every instance has settled as stopped or terminated and no machine is left on the
// host, since a machine can only be talked to through its VPC's network.

import type { World } from '../../aws/service.ts';
import type { VpcPicture } from '../../drivers/network/network.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import type { Change, Row } from '../../kernel/table.ts';
import { type InstanceRow, instances, isOnNetwork, stateOf } from './instances.table.ts';
import { type NetworkInterfaceSpec, networkInterfaces } from './network-interfaces.table.ts';
import {
  type SecurityGroupRuleSpec,
  type SecurityGroupSpec,
  securityGroupRules,
  securityGroups,
} from './security-groups.table.ts';
import { vpcPicture } from './vpc-picture.ts';
import { type InternetGatewaySpec, internetGateways, type RouteTableSpec, routeTables, vpcs } from './vpcs.table.ts';

export interface VpcWorld extends Pick<World, 'store'> {
  readonly drivers: Pick<World['drivers'], 'network' | 'hypervisor'>;
}

/** What listens inside a VPC: it is opened once there is a network, and closed before that goes. */
export interface VpcListeners {
  ensureListening(vpcId: string): Promise<void>;
  ensureClosed(vpcId: string): Promise<void>;
}

/** How soon to look again for machines that are about to be swept. */
const machinesLeaveMs = 500;

export function createVpcReconciler(world: VpcWorld, listeners: VpcListeners): Reconciler {
  const { store } = world;
  const { network } = world.drivers;
  return {
    name: 'ec2.vpcs',
    async keys() {
      const ids = new Set(await network.listVpcs());
      for (const id of store.listIds(vpcs)) if (networkNeed(world, id) !== 'none') ids.add(id);
      return ids;
    },
    wakes: (change) => vpcsOf(world, change),
    async reconcile(vpcId) {
      const isOnHost = (await network.listVpcs()).includes(vpcId);
      const need = networkNeed(world, vpcId);
      if (need === 'carry' || (need === 'keep' && isOnHost)) {
        await applyVpc(world, vpcId);
        await listeners.ensureListening(vpcId);
        return undefined;
      }
      await listeners.ensureClosed(vpcId);
      if (need === 'keep' || !isOnHost) return undefined;
      if (await hasMachines(world, vpcId)) return machinesLeaveMs;
      await inTurn(world, vpcId, async () => {
        delete laneOf(world, vpcId).current;
        if (networkNeed(world, vpcId) === 'none') await network.ensureVpcAbsent(vpcId);
      });
      return undefined;
    },
  };
}

/**
 * Makes the VPC's network look like the rows of this moment. Calls that wait for their turn are one: the picture is
 * computed in the tick in which the driver gets it, so it is never older than any of the calls.
 */
export function applyVpc(world: VpcWorld, vpcId: string): Promise<void> {
  const lane = laneOf(world, vpcId);
  lane.waiting ??= inTurn(world, vpcId, async () => {
    delete lane.waiting;
    lane.picture ??= vpcPicture(world.store, vpcId);
    const { picture } = lane;
    if (!picture || networkNeed(world, vpcId) === 'none') return;
    const applying = world.drivers.network.ensureVpc(picture);
    lane.current = applying;
    try {
      await applying;
    } catch (error) {
      if (lane.current === applying) delete lane.current;
      throw error;
    }
  });
  return lane.waiting;
}

/**
 * The same for one of many that need the network as it is now: a picture is of all interfaces of a VPC, so it is not made
 * again while the rows are those of the last one. Whether the host still looks like it is for the reconciler to find out.
 */
export async function applyVpcIfChanged(world: VpcWorld, vpcId: string): Promise<void> {
  const { current } = laneOf(world, vpcId);
  const isThere = current && (await world.drivers.network.listVpcs()).includes(vpcId);
  return isThere && laneOf(world, vpcId).current === current ? current : applyVpc(world, vpcId);
}

type NetworkNeed =
  /** There are packets to carry. */
  | 'carry'
  /** A machine may still be starting or stopping: it needs what is there, and nothing new. */
  | 'keep'
  | 'none';

function networkNeed({ store }: VpcWorld, vpcId: string): NetworkNeed {
  const vpc = store.find(vpcs, vpcId);
  let need: NetworkNeed = 'none';
  if (!vpc) return need;
  for (const row of store.read(instances, vpc).by('byVpc', vpcId)) {
    if (isOnNetwork(row)) return 'carry';
    if (!isSettled(row)) need = 'keep';
  }
  return need;
}

function isSettled(row: Pick<InstanceRow, 'spec' | 'status'>): boolean {
  const state = stateOf(row);
  return state === 'stopped' || state === 'terminated';
}

/** A machine without a row may be anywhere, so it holds every VPC until it is swept. */
async function hasMachines({ store, drivers }: VpcWorld, vpcId: string): Promise<boolean> {
  const machines = await drivers.hypervisor.list();
  return machines.some(({ id, state }) => {
    const row = store.find(instances, id);
    return state === 'running' && (!row || row.spec.vpcId === vpcId);
  });
}

interface Lane {
  tail: Promise<void>;
  waiting?: Promise<void>;
  /** Of the last picture that the driver got, as long as the rows are those that it was made from. */
  current?: Promise<void>;
  /** Made from the rows as they are. */
  picture?: VpcPicture | undefined;
}

const lanes = new WeakMap<VpcWorld, Map<string, Lane>>();

function laneOf(world: VpcWorld, vpcId: string): Lane {
  let ofWorld = lanes.get(world);
  if (!ofWorld) {
    const known = new Map<string, Lane>();
    ofWorld = known;
    lanes.set(world, known);
    world.store.subscribe((changes) => {
      if (changes.length === 0) known.forEach(forgetPicture); // everything was forgotten
      for (const change of changes) for (const id of vpcsOf(world, change)) forgetPicture(known.get(id));
    });
  }
  let lane = ofWorld.get(vpcId);
  if (!lane) {
    lane = { tail: Promise.resolve() };
    ofWorld.set(vpcId, lane);
  }
  return lane;
}

function forgetPicture(lane: Lane | undefined): void {
  delete lane?.current;
  delete lane?.picture;
}

/** One act on a VPC's network at a time: the driver is used by this reconciler and by the instances'. */
function inTurn(world: VpcWorld, vpcId: string, act: () => Promise<void>): Promise<void> {
  const lane = laneOf(world, vpcId);
  const turn = lane.tail.then(act);
  lane.tail = turn.catch(() => undefined);
  return turn;
}

function vpcsOf({ store }: VpcWorld, change: Change): readonly string[] {
  const sides = [change.before, change.after].flatMap((row) => row ?? []);
  const specs = <Spec>() => (sides as readonly Row<Spec, unknown>[]).map(({ spec }) => spec);
  switch (change.table) {
    case vpcs.name:
      return [change.key.id];
    case instances.name:
      return isNetworkChange(change) ? [...new Set(specs<InstanceRow['spec']>().map(({ vpcId }) => vpcId))] : [];
    case networkInterfaces.name:
      return [...new Set(specs<NetworkInterfaceSpec>().map(({ vpcId }) => vpcId))];
    case securityGroups.name:
      return specs<SecurityGroupSpec>().map(({ vpcId }) => vpcId);
    case securityGroupRules.name:
      return specs<SecurityGroupRuleSpec>().flatMap(
        ({ groupId }) => store.find(securityGroups, groupId)?.spec.vpcId ?? [],
      );
    case routeTables.name:
      return specs<RouteTableSpec>().map(({ vpcId }) => vpcId);
    case internetGateways.name:
      return specs<InternetGatewaySpec>().flatMap(({ attachedVpcIds }) => attachedVpcIds);
    default:
      return [];
  }
}

/** Much of what changes of an instance (its tags, its type, when it was heard of) is nothing to its network. */
function isNetworkChange({ before, after }: Change): boolean {
  const stage = (row: Row<unknown, unknown> | undefined) =>
    row && `${isOnNetwork(row as InstanceRow)} ${isSettled(row as InstanceRow)}`;
  return stage(before) !== stage(after);
}
