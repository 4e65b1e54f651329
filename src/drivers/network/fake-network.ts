// VPC networks in memory, for tests and simulations. Keeps the pictures it was given, so that an oracle can say what
// packets would do (packet-oracle.ts), and fails loudly when a caller lets two acts on one VPC overlap.

import assert from 'node:assert/strict';
import { act, type FaultPlan, noFaults } from '../fault.ts';
import { formatIpv4, parseBlock } from './ipv4.ts';
import { loadLibc } from './libc.ts';
import { interfaceName } from './names.ts';
import {
  guestGatewayAddress,
  metadataAddress,
  type Network,
  resolverAddress,
  timeAddress,
  type VpcEndpoint,
  type VpcPicture,
} from './network.ts';
import { checkPicture } from './picture-check.ts';
import { hostAddressOf } from './public-pool.ts';

export interface FakeNetwork extends Network {
  /** What is in force, by the VPC's id. */
  readonly pictures: ReadonlyMap<string, VpcPicture>;
  /** Every socket that was ever opened. */
  readonly openedSockets: readonly VpcEndpoint[];
  /** The host went down and came up again: nothing is left. */
  reboot(): void;
}

const fakePool = '198.18.0.0/22';

export function createFakeNetwork(faults: FaultPlan = noFaults): FakeNetwork {
  const pool = parseBlock(fakePool);
  const hostAddress = hostAddressOf(pool);
  const pictures = new Map<string, VpcPicture>();
  const openedSockets: VpcEndpoint[] = [];
  const underWay = new Map<string, string>();

  async function alone<T>(vpcId: string, verb: string, effect: () => T): Promise<T> {
    const name = `network.${verb} ${vpcId}`;
    assert(!underWay.has(vpcId), `${name} overlaps with ${underWay.get(vpcId)}`);
    underWay.set(vpcId, name);
    try {
      return await act(faults, name, effect);
    } finally {
      underWay.delete(vpcId);
    }
  }

  return {
    pictures,
    openedSockets,
    reboot: () => pictures.clear(),
    probe: async () => ({ name: 'VPC networks', available: true }),
    async ensureVpc(picture) {
      checkPicture(picture, pool, hostAddress);
      await alone(picture.id, 'ensureVpc', () => void pictures.set(picture.id, structuredClone(picture)));
    },
    ensureVpcAbsent: (vpcId) => alone(vpcId, 'ensureVpcAbsent', () => void pictures.delete(vpcId)),
    listVpcs: async () => [...pictures.keys()],
    publicPool: async () => fakePool,
    hostAddress: async () => hostAddress,
    interfaceName,
    namespacePath: (vpcId) => `/run/netns/fake-${vpcId}`,
    /** A real socket, on a port of this machine's loopback that the kernel chooses. */
    openSocket: (endpoint) =>
      act(faults, `network.openSocket ${endpoint.vpcId}`, async () => {
        const picture = pictures.get(endpoint.vpcId);
        if (picture === undefined) throw new Error(`there is no network of ${endpoint.vpcId}`);
        if (!localAddresses(picture).includes(endpoint.address)) {
          throw new Error(`${endpoint.address} is not local to ${endpoint.vpcId}`);
        }
        const fd = (await loadLibc()).boundSocket(endpoint.protocol, '127.0.0.1', 0);
        openedSockets.push(endpoint);
        return fd;
      }),
    close: async () => undefined,
  };
}

function localAddresses(picture: VpcPicture): readonly string[] {
  const blocks = picture.cidrBlocks.slice(0, 1).map((block) => formatIpv4(parseBlock(block).base + 2));
  return [guestGatewayAddress, metadataAddress, resolverAddress, timeAddress, ...blocks];
}
