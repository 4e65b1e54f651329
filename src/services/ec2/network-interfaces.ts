// Makes and removes network interfaces with their addresses: a private one of the subnet, and a public one of the pool
// that all accounts and regions of this cloud share.

import type { OperationContext } from '../../aws/operation.ts';
import { newResourceId } from '../../kernel/ids.ts';
import { type Random, randomInteger } from '../../kernel/random.ts';
import type { Row, RowKey, Scope, Table, TableReader } from '../../kernel/table.ts';
import {
  addressCount,
  containsAddress,
  formatIpv4,
  type Ipv4Block,
  isUsableAddress,
  parseIpv4,
  parseIpv4Block,
  usableAddressCount,
} from './cidr.ts';
import {
  addressInUse,
  noPublicAddressLeft,
  notAnAddress,
  outsideSubnet,
  reservedInSubnet,
  subnetIsFull,
} from './network-interfaces.errors.ts';
import {
  type NetworkInterfaceAttachment,
  type NetworkInterfaceSpec,
  networkInterfaces,
  publicAddresses,
  publicAddressScope,
} from './network-interfaces.table.ts';
import { requireRow } from './resource-kind.ts';
import { resourceKinds } from './resources.ts';
import { resourceTags } from './tags.table.ts';

export type NetworkInterfaceRow = Row<NetworkInterfaceSpec, null>;

export interface NewNetworkInterface {
  readonly subnetId: string;
  readonly securityGroupIds: readonly string[];
  /** A free one is chosen when it is not given. */
  readonly privateAddress?: string;
  readonly associatePublicAddress: boolean;
  readonly description: string;
  readonly attachment?: NetworkInterfaceAttachment;
}

export function createNetworkInterface(ctx: OperationContext, options: NewNetworkInterface): NetworkInterfaceRow {
  const { subnetId, securityGroupIds, description, attachment } = options;
  const subnet = requireRow(ctx, resourceKinds.subnet, subnetId);
  const block = parseIpv4Block(subnet.spec.cidrBlock) as Ipv4Block;
  const privateAddress =
    options.privateAddress === undefined
      ? chooseAddress(ctx, subnetId, block)
      : checkedAddress(ctx, subnetId, block, options.privateAddress);
  const id = newResourceId(ctx.random, 'eni');
  ctx.table(networkInterfaces).insert(id, {
    vpcId: subnet.spec.vpcId,
    subnetId,
    availabilityZone: subnet.spec.availabilityZone,
    description,
    macAddress: newMacAddress(ctx.random),
    privateAddress,
    securityGroupIds,
    sourceDestCheck: true,
    ...(attachment && { attachment }),
  });
  if (options.associatePublicAddress) assignPublicAddress(ctx, id);
  return requireRow(ctx, resourceKinds['network-interface'], id);
}

/** Locally administered, unicast. */
function newMacAddress(random: Random): string {
  return ['02', ...Buffer.from(random.bytes(5)).toString('hex').match(/../g)!].join(':');
}

// Nearly always the first try finds a free address; in a full subnet the search ends with a look at each.
const randomTries = 16;

function chooseAddress(ctx: OperationContext, subnetId: string, block: Ipv4Block): string {
  const count = usableAddressCount(block);
  const first = block.base + 4;
  for (let tries = 0; tries < randomTries && count > 0; tries++) {
    const address = formatIpv4(first + randomInteger(ctx.random, count));
    if (!isAddressTaken(ctx, subnetId, address)) return address;
  }
  const start = randomInteger(ctx.random, Math.max(1, count));
  for (let i = 0; i < count; i++) {
    const address = formatIpv4(first + ((start + i) % count));
    if (!isAddressTaken(ctx, subnetId, address)) return address;
  }
  throw subnetIsFull(subnetId);
}

function checkedAddress(ctx: OperationContext, subnetId: string, block: Ipv4Block, text: string): string {
  const address = parseIpv4(text);
  if (address === undefined) throw notAnAddress(text);
  if (!containsAddress(block, address)) throw outsideSubnet(text);
  if (!isUsableAddress(block, address)) throw reservedInSubnet(text);
  if (isAddressTaken(ctx, subnetId, text)) throw addressInUse(text);
  return text;
}

function isAddressTaken(ctx: OperationContext, subnetId: string, address: string): boolean {
  for (const _ of ctx.table(networkInterfaces).by('bySubnetAddress', `${subnetId}/${address}`)) return true;
  return false;
}

/** Gives the interface a public address unless it has one, or the host has no network for one to be reached by. */
export function assignPublicAddress(ctx: OperationContext, networkInterfaceId: string): void {
  const interfaces = ctx.table(networkInterfaces);
  if (!ctx.host.publicPool || interfaces.get(networkInterfaceId)?.spec.publicAddress !== undefined) return;
  const taken = ctx.tableIn(publicAddresses, publicAddressScope);
  const publicAddress = choosePublicAddress(ctx.random, ctx.host.publicPool, taken);
  taken.insert(publicAddress, { account: ctx.account, region: ctx.region, networkInterfaceId });
  interfaces.update(networkInterfaceId, (spec) => ({ ...spec, publicAddress }));
}

/** Not the pool's first, second (the host's own) and last address. */
function choosePublicAddress(random: Random, pool: string, taken: Pick<TableReader<unknown, null>, 'has'>): string {
  const block = parseIpv4Block(pool) as Ipv4Block;
  const first = block.base + 2;
  const count = addressCount(block) - 3;
  const start = randomInteger(random, count);
  for (let i = 0; i < count; i++) {
    const address = formatIpv4(first + ((start + i) % count));
    if (!taken.has(address)) return address;
  }
  throw noPublicAddressLeft();
}

/** Does nothing for an interface that has none, or is gone. */
export function releasePublicAddress(ctx: OperationContext, networkInterfaceId: string): void {
  const interfaces = ctx.table(networkInterfaces);
  const { publicAddress } = interfaces.get(networkInterfaceId)?.spec ?? {};
  if (publicAddress === undefined) return;
  ctx.tableIn(publicAddresses, publicAddressScope).remove(publicAddress);
  interfaces.update(networkInterfaceId, ({ publicAddress: _, ...spec }) => spec);
}

/** What a removal needs of a transaction; that of an operation and that of a reconciler both have it. */
export interface RowRemover {
  table<Spec, Status>(
    table: Table<Spec, Status>,
    scope: Scope,
  ): Pick<TableReader<Spec, Status>, 'get'> & { remove(id: string): void };
}

/** The interface with its public address and its tags. For a reconciler, in its status transaction. */
export function removeNetworkInterface(transaction: RowRemover, key: RowKey): void {
  const interfaces = transaction.table(networkInterfaces, key);
  const { publicAddress } = interfaces.get(key.id)?.spec ?? {};
  if (publicAddress !== undefined) transaction.table(publicAddresses, publicAddressScope).remove(publicAddress);
  transaction.table(resourceTags, key).remove(key.id);
  interfaces.remove(key.id);
}

export function deleteNetworkInterface(ctx: OperationContext, id: string): void {
  const transaction: RowRemover = { table: (table, scope) => ctx.tableIn(table, scope) };
  removeNetworkInterface(transaction, { account: ctx.account, region: ctx.region, id });
}
