import { describe, expect, it } from 'vitest';
import type { Hypervisor, MachineObservation } from '../../drivers/hypervisor/hypervisor.ts';
import { createFakeNetwork } from '../../drivers/network/fake-network.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import type { Change } from '../../kernel/table.ts';
import { openEc2Scope } from './default-vpc.ts';
import { instances } from './instances.table.ts';
import { insertInstance, seeInstance, wantInstance } from './instances.testing.ts';
import { internetGatewayOperations } from './internet-gateways.operations.ts';
import { removeNetworkInterface } from './network-interfaces.ts';
import { createTestRegion, type TestRegion } from './region.testing.ts';
import { routeTableOperations } from './route-tables.operations.ts';
import { securityGroupRules, securityGroups } from './security-groups.table.ts';
import { subnetOperations } from './subnets.operations.ts';
import { vpcPicture } from './vpc-picture.ts';
import { applyVpc, applyVpcIfChanged, createVpcReconciler, type VpcWorld } from './vpcs.reconciler.ts';
import { vpcs } from './vpcs.table.ts';

/** Acts of the driver and of the listeners, in their order, and the reconciler under test. */
function setUp() {
  const region = createTestRegion({ openScope: openEc2Scope, publicPool: '198.18.0.0/22' });
  const machines: MachineObservation[] = [];
  const acts: string[] = [];
  const network = createFakeNetwork({
    faults: {
      before: async (act) => void (act.includes('ensure') && acts.push(act)),
      after: async () => undefined,
    },
  });
  const hypervisor = { list: async () => machines } as unknown as Hypervisor;
  const world: VpcWorld = { store: region.store, drivers: { network, hypervisor } };
  const listeners = {
    ensureListening: async (vpcId: string) => void acts.push(`listen ${vpcId}`),
    ensureClosed: async (vpcId: string) => void acts.push(`close ${vpcId}`),
  };
  const reconciler = createVpcReconciler(world, listeners);
  const vpcId = [...region.store.listAll(vpcs)][0]?.id as string;
  const groupId = [...region.store.listAll(securityGroups)][0]?.id as string;
  const subnetId = region.call((ctx) => subnetOperations.DescribeSubnets(ctx, {})).Subnets?.[0]?.SubnetId as string;
  const launch = (associatePublicAddress = true) =>
    region.call((ctx) => insertInstance(ctx, { subnetId, securityGroupIds: [groupId], associatePublicAddress }));
  const picture = () => network.pictures.get(vpcId);
  return { region, machines, acts, network, world, reconciler, vpcId, groupId, subnetId, launch, picture };
}

/** Which keys the reconciler is woken for by what `run` commits. */
function wakesOf(region: TestRegion, reconciler: Reconciler, run: () => void): readonly string[] {
  const changes: Change[] = [];
  const end = region.store.subscribe((committed) => void changes.push(...committed));
  run();
  end();
  return [...new Set(changes.flatMap((change) => [...reconciler.wakes(change)]))];
}

describe('the picture of a VPC', () => {
  it('has the interfaces of live instances and the groups that they are in', () => {
    const { region, vpcId, groupId, launch } = setUp();
    const [first, second, third] = [launch(), launch(false), launch()];
    region.call((ctx) => wantInstance(ctx, third.id, 'stopped'));
    region.call((ctx) => ctx.table(securityGroups).insert('sg-unused', { name: 'unused', description: '', vpcId }));
    const picture = vpcPicture(region.store, vpcId);
    const ids = [...first.spec.networkInterfaceIds, ...second.spec.networkInterfaceIds].sort();
    expect(picture?.cidrBlocks).toEqual(['172.31.0.0/16']);
    expect(picture?.interfaces.map(({ id }) => id)).toEqual(ids);
    expect(picture?.interfaces.filter(({ publicAddress }) => publicAddress !== undefined)).toHaveLength(1);
    expect(picture?.securityGroups).toEqual([
      {
        id: groupId,
        ingress: [{ protocol: '-1', peer: { securityGroupId: groupId } }],
        egress: [{ protocol: '-1', peer: { cidr: '0.0.0.0/0' } }],
      },
    ]);
    seeInstance(region.store, third, 'running');
    expect(vpcPicture(region.store, vpcId)?.interfaces).toHaveLength(3);
    expect(vpcPicture(region.store, 'vpc-00000000')).toBeUndefined();
  });

  it('turns rules into what packets are judged by, and leaves IPv6 out', () => {
    const { region, vpcId, groupId, launch } = setUp();
    launch();
    region.call((ctx) => {
      const rules = ctx.table(securityGroupRules);
      const tcp = { groupId, isEgress: false, ipProtocol: 'tcp', fromPort: 22, toPort: 22 } as const;
      rules.insert('sgr-1', { ...tcp, peer: { cidrIpv4: '203.0.113.0/24' } });
      rules.insert('sgr-2', { ...tcp, peer: { cidrIpv6: '::/0' } });
      rules.insert('sgr-3', { ...tcp, ipProtocol: 'icmp', fromPort: 8, toPort: -1, peer: { cidrIpv4: '0.0.0.0/0' } });
    });
    expect(vpcPicture(region.store, vpcId)?.securityGroups[0]?.ingress).toEqual(
      expect.arrayContaining([
        { protocol: 'tcp', fromPort: 22, toPort: 22, peer: { cidr: '203.0.113.0/24' } },
        { protocol: 'icmp', fromPort: 8, toPort: -1, peer: { cidr: '0.0.0.0/0' } },
      ]),
    );
    expect(vpcPicture(region.store, vpcId)?.securityGroups[0]?.ingress).toHaveLength(3);
  });

  it('gives a public address only to interfaces whose subnet leads to an attached gateway', () => {
    const { region, vpcId, subnetId, launch } = setUp();
    launch();
    const isPublic = () => vpcPicture(region.store, vpcId)?.interfaces[0]?.publicAddress !== undefined;
    expect(isPublic()).toBe(true);
    const table = region.call((ctx) => routeTableOperations.CreateRouteTable(ctx, { VpcId: vpcId })).RouteTable;
    const RouteTableId = table?.RouteTableId as string;
    region.call((ctx) => routeTableOperations.AssociateRouteTable(ctx, { RouteTableId, SubnetId: subnetId }));
    expect(isPublic()).toBe(false);
    const { InternetGateways = [] } = region.call((ctx) => internetGatewayOperations.DescribeInternetGateways(ctx, {}));
    const GatewayId = InternetGateways[0]?.InternetGatewayId as string;
    const DestinationCidrBlock = '0.0.0.0/0';
    region.call((ctx) => routeTableOperations.CreateRoute(ctx, { RouteTableId, GatewayId, DestinationCidrBlock }));
    expect(isPublic()).toBe(true);
    region.call((ctx) => routeTableOperations.DeleteRoute(ctx, { RouteTableId, DestinationCidrBlock }));
    expect(isPublic()).toBe(false);
  });
});

describe('the reconciler of VPCs', () => {
  it('has a key for every VPC with a live instance and for every network on the host', async () => {
    const { reconciler, network, vpcId, launch } = setUp();
    expect([...(await reconciler.keys())]).toEqual([]);
    launch();
    await network.ensureVpc({ id: 'vpc-stray', cidrBlocks: ['10.0.0.0/16'], interfaces: [], securityGroups: [] });
    expect([...(await reconciler.keys())].sort()).toEqual([vpcId, 'vpc-stray'].sort());
  });

  it('makes the network, then lets it be listened in; closes, then removes it', async () => {
    const { region, reconciler, network, acts, vpcId, launch, picture } = setUp();
    const instance = launch();
    await reconciler.reconcile(vpcId);
    expect(picture()).toEqual(vpcPicture(region.store, vpcId));
    seeInstance(region.store, instance, 'running');
    region.call((ctx) => wantInstance(ctx, instance.id, 'terminated'));
    await reconciler.reconcile(vpcId);
    expect(network.pictures.has(vpcId)).toBe(true);
    seeInstance(region.store, instance, 'terminated');
    expect(await reconciler.reconcile(vpcId)).toBeUndefined();
    expect(network.pictures.has(vpcId)).toBe(false);
    expect(acts).toEqual([
      `network.ensureVpc ${vpcId}`,
      `listen ${vpcId}`,
      `network.ensureVpc ${vpcId}`,
      `listen ${vpcId}`,
      `close ${vpcId}`,
      `network.ensureVpcAbsent ${vpcId}`,
    ]);
  });

  it('removes the network of a VPC that has no row', async () => {
    const { reconciler, network } = setUp();
    await network.ensureVpc({ id: 'vpc-stray', cidrBlocks: ['10.0.0.0/16'], interfaces: [], securityGroups: [] });
    await reconciler.reconcile('vpc-stray');
    expect([...network.pictures.keys()]).toEqual([]);
  });

  it('waits for machines on the host to go first', async () => {
    const { region, reconciler, machines, network, vpcId, launch } = setUp();
    const instance = launch();
    await reconciler.reconcile(vpcId);
    region.call((ctx) => wantInstance(ctx, instance.id, 'stopped'));
    seeInstance(region.store, instance, 'stopped');
    machines.push({ id: 'i-stray', state: 'running' });
    expect(await reconciler.reconcile(vpcId)).toBeGreaterThan(0);
    expect(network.pictures.has(vpcId)).toBe(true);
    machines[0] = { id: 'i-stray', state: 'stopped' };
    await reconciler.reconcile(vpcId);
    expect(network.pictures.has(vpcId)).toBe(false);
  });

  it('keeps the network of an instance whose start may be under way, without its interface', async () => {
    const { region, reconciler, network, vpcId, launch, picture } = setUp();
    const instance = launch();
    await reconciler.reconcile(vpcId);
    region.call((ctx) => wantInstance(ctx, instance.id, 'stopped'));
    await reconciler.reconcile(vpcId);
    expect(picture()?.interfaces).toEqual([]);
    seeInstance(region.store, instance, 'stopped');
    await reconciler.reconcile(vpcId);
    expect(network.pictures.size).toBe(0);
  });

  it('makes no network for an instance that was stopped before it started', async () => {
    const { region, reconciler, network, world, vpcId, launch } = setUp();
    const instance = launch();
    region.call((ctx) => wantInstance(ctx, instance.id, 'stopped'));
    await reconciler.reconcile(vpcId);
    expect(network.pictures.size).toBe(0);
    seeInstance(region.store, instance, 'stopped');
    await applyVpc(world, vpcId);
    expect(network.pictures.size).toBe(0);
  });

  it('is woken by what changes a picture, for that VPC alone', () => {
    const { region, reconciler, vpcId, groupId, launch } = setUp();
    const wakes = (run: Parameters<TestRegion['call']>[0]) => wakesOf(region, reconciler, () => void region.call(run));
    const instance = launch();
    expect(wakesOf(region, reconciler, () => void launch())).toEqual([vpcId]);
    expect(wakes((ctx) => ctx.table(securityGroups).update(groupId, (spec) => ({ ...spec, name: 'x' })))).toEqual([
      vpcId,
    ]);
    const [rule] = [...region.store.listAll(securityGroupRules)];
    expect(wakes((ctx) => ctx.table(securityGroupRules).remove(rule?.id as string))).toEqual([vpcId]);
    const release = () =>
      region.store.changeStatuses((transaction) => {
        for (const id of instance.spec.networkInterfaceIds) removeNetworkInterface(transaction, { ...instance, id });
      });
    expect(wakesOf(region, reconciler, release)).toEqual([vpcId]);
    expect(wakes((ctx) => routeTableOperations.CreateRouteTable(ctx, { VpcId: vpcId }))).toEqual([vpcId]);
    expect(wakes((ctx) => wantInstance(ctx, instance.id, 'stopped'))).toEqual([vpcId]);
    expect(wakesOf(region, reconciler, () => seeInstance(region.store, instance, 'stopped'))).toEqual([vpcId]);
    expect(wakes((ctx) => internetGatewayOperations.CreateInternetGateway(ctx, {}))).toEqual([]);
  });
});

describe('applyVpc', () => {
  it('acts on a VPC one at a time, once for all who wait, and with the newest rows', async () => {
    const { region, acts, world, vpcId, launch, picture } = setUp();
    launch();
    const applied = [applyVpc(world, vpcId)];
    await Promise.resolve();
    for (let i = 0; i < 9; i++) {
      launch();
      applied.push(applyVpc(world, vpcId));
    }
    await Promise.all(applied);
    expect(acts).toEqual([`network.ensureVpc ${vpcId}`, `network.ensureVpc ${vpcId}`]);
    expect(picture()?.interfaces).toHaveLength(10);
    expect(picture()).toEqual(vpcPicture(region.store, vpcId));
  });

  it('goes on after a failure', async () => {
    const { acts, vpcId, launch, region } = setUp();
    launch();
    let failures = 1;
    const network = createFakeNetwork({
      faults: {
        before: async (act) => {
          if (act.includes('ensureVpc') && failures-- > 0) throw new Error('no luck');
        },
        after: async () => undefined,
      },
    });
    const world: VpcWorld = { store: region.store, drivers: { network, hypervisor: {} as Hypervisor } };
    await expect(applyVpc(world, vpcId)).rejects.toThrow('no luck');
    await applyVpc(world, vpcId);
    expect(network.pictures.has(vpcId)).toBe(true);
    expect(acts).toEqual([]);
  });
});

describe('applyVpcIfChanged', () => {
  it('makes no picture while nothing that belongs in it has changed, and the network is there', async () => {
    const { region, acts, world, vpcId, groupId, launch, picture, network } = setUp();
    const first = launch();
    launch();
    for (let i = 0; i < 3; i++) await applyVpcIfChanged(world, vpcId);
    region.call((ctx) => ctx.table(instances).update(first.id, (spec) => ({ ...spec, disableApiStop: true })));
    await applyVpcIfChanged(world, vpcId);
    expect(acts).toHaveLength(1);

    launch();
    await Promise.all([applyVpcIfChanged(world, vpcId), applyVpcIfChanged(world, vpcId)]);
    expect(acts).toHaveLength(2);
    region.call((ctx) =>
      ctx.table(securityGroupRules).insert('sgr-1', { groupId, isEgress: false, ipProtocol: '50', peer: anybody }),
    );
    await applyVpcIfChanged(world, vpcId);
    expect(acts).toHaveLength(3);
    expect(picture()).toEqual(vpcPicture(region.store, vpcId));

    network.rebootHost();
    await applyVpcIfChanged(world, vpcId);
    expect(acts).toHaveLength(4);
  });
});

const anybody = { cidrIpv4: '0.0.0.0/0' } as const;
