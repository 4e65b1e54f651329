// A VPC whose network is the host's loopback, for tests of what listens inside VPCs: its addresses become addresses of
// 127.0.0.0/8, ports are shifted out of root's range, and the rows of two instances are there.

import { createTestInvoker } from '../../aws/test-client.testing.ts';
import type { VpcEndpoint } from '../../drivers/network/network.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import { createMemoryKeyValue } from '../../kernel/memory-key-value.ts';
import { systemRandom } from '../../kernel/random.ts';
import { createStore, type Store } from '../../kernel/store.ts';
import type { Scope, Table } from '../../kernel/table.ts';
import { iam } from '../iam/iam.ts';
import { sts } from '../sts/sts.ts';
import { type InstanceSpec, instances } from './instances.table.ts';
import { plainInstance } from './instances.testing.ts';
import {
  type NetworkInterfaceSpec,
  networkInterfaces,
  publicAddresses,
  publicAddressScope,
} from './network-interfaces.table.ts';
import { securityGroups } from './security-groups.table.ts';
import { resourceTags } from './tags.table.ts';
import type { VpcServersWorld } from './vpc-servers.ts';
import { subnets, type VpcSpec, vpcs } from './vpcs.table.ts';

const shiftedBy = 20_000;

// Other processes that run the same tests at the same time have their own addresses.
const network = `127.${1 + (Math.floor(process.pid / 254) % 254)}.${1 + (process.pid % 254)}`;

/** Where a server that the VPC has at `address` and `port` is found on the host. One VPC at a time is served. */
export function hostSocketOf({ address, port }: Pick<VpcEndpoint, 'address' | 'port'>): { host: string; port: number } {
  return { host: `${network}.${address.split('.')[3]}`, port: port + shiftedBy };
}

export interface TestVpc {
  readonly world: VpcServersWorld;
  readonly store: Store;
  readonly openSockets: VpcEndpoint[];
  /** Lets the clock jump ahead; otherwise it stands still. */
  advance(byMs: number): void;
  put<Spec, Status>(table: Table<Spec, Status>, scope: Scope, id: string, spec: Spec): void;
  updateInstance(id: string, change: Partial<InstanceSpec>): void;
  updateVpc(change: Partial<VpcSpec>): void;
}

export const scope = { account: '123456789012', region: 'eu-west-1' } as const;
export const vpcId = 'vpc-0000000000000000a';
export const otherVpcId = 'vpc-0000000000000000b';
export const firstInstanceId = 'i-00000000000000001';
export const secondInstanceId = 'i-00000000000000002';
/** Loopback addresses, so that requests can come from them. */
export const firstAddress = '127.0.0.1';
export const secondAddress = '127.0.0.2';
export const publicAddress = '198.18.0.5';
export const otherPublicAddress = '198.18.0.6';

/** As the network driver's way into system calls has it. */
export interface SocketMaker {
  boundSocket(protocol: 'tcp' | 'udp', address: string, port: number): number;
}

export function createTestVpc(sockets: SocketMaker): TestVpc {
  let nowMs = systemClock.now();
  const clock: Clock = { ...systemClock, now: () => nowMs };
  const store = createStore(createMemoryKeyValue(), clock);
  const openSockets: VpcEndpoint[] = [];
  const put: TestVpc['put'] = (table, at, id, spec) =>
    void store.changeSpecs((transaction) => transaction.table(table, at).insert(id, spec));
  putRows(put);
  return {
    store,
    openSockets,
    advance: (byMs) => {
      nowMs += byMs;
    },
    put,
    updateInstance: (id, change) =>
      void store.changeSpecs((t) => t.table(instances, scope).update(id, (spec) => ({ ...spec, ...change }))),
    updateVpc: (change) =>
      void store.changeSpecs((t) => t.table(vpcs, scope).update(vpcId, (spec) => ({ ...spec, ...change }))),
    world: {
      store,
      clock,
      random: systemRandom,
      log: silentLog,
      client: createTestInvoker([iam, sts], { store, clock, host: { capabilities: {} } }).client,
      gateway: async () => ({ status: 200, headers: {}, body: 'the cloud' }),
      drivers: {
        network: {
          async openSocket(endpoint) {
            const { host, port } = hostSocketOf(endpoint);
            openSockets.push(endpoint);
            return sockets.boundSocket(endpoint.protocol, host, port);
          },
        },
      },
    },
  };
}

function putRows(put: TestVpc['put']): void {
  const vpc = (cidrBlock: string): VpcSpec => ({
    cidrBlocks: [{ associationId: 'vpc-cidr-assoc-1', cidrBlock }],
    isDefault: true,
    instanceTenancy: 'default',
    dhcpOptionsId: 'dopt-1',
    enableDnsSupport: true,
    enableDnsHostnames: true,
  });
  put(vpcs, scope, vpcId, vpc('127.0.0.0/16'));
  put(vpcs, scope, otherVpcId, vpc('10.0.0.0/16'));
  put(subnets, scope, 'subnet-1', {
    vpcId,
    cidrBlock: '127.0.0.0/20',
    availabilityZone: 'eu-west-1a',
    availabilityZoneId: 'euw1-az3',
    defaultForAz: true,
    mapPublicIpOnLaunch: true,
  });
  put(securityGroups, scope, 'sg-1', { name: 'default', description: 'default VPC security group', vpcId });
  put(securityGroups, scope, 'sg-2', { name: 'web', description: 'web', vpcId });
  put(networkInterfaces, scope, 'eni-1', interfaceSpec(firstInstanceId, firstAddress, publicAddress));
  put(networkInterfaces, scope, 'eni-2', interfaceSpec(secondInstanceId, secondAddress));
  put(networkInterfaces, scope, 'eni-3', {
    ...interfaceSpec('i-3', '10.0.0.9', otherPublicAddress),
    vpcId: otherVpcId,
  });
  put(publicAddresses, publicAddressScope, publicAddress, { ...scope, networkInterfaceId: 'eni-1' });
  put(publicAddresses, publicAddressScope, otherPublicAddress, { ...scope, networkInterfaceId: 'eni-3' });
  put(instances, scope, firstInstanceId, instanceSpec('eni-1'));
  put(instances, scope, secondInstanceId, instanceSpec('eni-2'));
  put(resourceTags, scope, firstInstanceId, { resourceType: 'instance', tags: { Name: 'web 1', Owner: 'me' } });
}

function interfaceSpec(instanceId: string, privateAddress: string, address?: string): NetworkInterfaceSpec {
  return {
    vpcId,
    subnetId: 'subnet-1',
    availabilityZone: 'eu-west-1a',
    description: '',
    macAddress: `02:00:00:00:00:0${privateAddress.at(-1)}`,
    privateAddress,
    ...(address !== undefined && { publicAddress: address }),
    securityGroupIds: ['sg-1', 'sg-2'],
    sourceDestCheck: true,
    attachment: {
      attachmentId: 'eni-attach-1',
      instanceId,
      deviceIndex: 0,
      deleteOnTermination: true,
      attachTimeMs: 0,
    },
  };
}

function instanceSpec(networkInterfaceId: string): InstanceSpec {
  return {
    ...plainInstance,
    reservationId: 'r-1',
    launchTimeMs: Date.UTC(2026, 10, 21, 9, 0, 0),
    keyName: 'my-key',
    publicKey: 'ssh-ed25519 AAAA my-key',
    userData: Buffer.from('#!/bin/sh\necho hello\n').toString('base64'),
    vpcId,
    subnetId: 'subnet-1',
    availabilityZone: 'eu-west-1a',
    networkInterfaceIds: [networkInterfaceId],
    associatePublicAddress: true,
    rootVolumeId: 'vol-1',
  };
}
