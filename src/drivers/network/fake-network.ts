// VPC networks in memory, for tests and simulations. Keeps the pictures it was given, so that an oracle can say what
// packets would do (packet-oracle.ts), and writes down when a caller lets two acts on one VPC overlap.

import { act, createStage, type FaultPlan, noFaults } from '../fault.ts';
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
  /** What callers did wrong, oldest first: overlapping acts on one VPC. */
  readonly violations: readonly string[];
  /** What is in force, by the VPC's id. */
  readonly pictures: ReadonlyMap<string, VpcPicture>;
  /** Every socket that was ever opened. */
  readonly openedSockets: readonly VpcEndpoint[];
  /** Makes the network of a VPC that no row knows. */
  plantStray(vpcId: string): void;
  /** The control plane died; whatever it had under way may still take effect. */
  crash(): void;
  /** As a crash, and no network is left. */
  rebootHost(): void;
}

export interface FakeNetworkOptions {
  /** Delays and failures; none when absent. */
  readonly faults?: FaultPlan;
}

const fakePool = '198.18.0.0/22';

export function createFakeNetwork({ faults = noFaults }: FakeNetworkOptions = {}): FakeNetwork {
  const pool = parseBlock(fakePool);
  const hostAddress = hostAddressOf(pool);
  const pictures = new Map<string, VpcPicture>();
  /** What is in force as it was given: a picture that comes again costs nothing, as with the real network. */
  const lastGiven = new Map<string, VpcPicture>();
  const openedSockets: VpcEndpoint[] = [];
  const stage = createStage('network', faults);

  return {
    pictures,
    openedSockets,
    carriesPackets: false,
    violations: stage.violations,
    plantStray: (vpcId) =>
      void pictures.set(vpcId, { id: vpcId, cidrBlocks: ['172.31.0.0/16'], interfaces: [], securityGroups: [] }),
    crash: () => stage.abandon(),
    rebootHost() {
      stage.abandon();
      pictures.clear();
    },
    probe: async () => ({ name: 'VPC networks', available: true }),
    async ensureVpc(picture) {
      const { id } = picture;
      if (lastGiven.get(id) !== picture) checkPicture(picture, pool, hostAddress);
      await stage.change('ensureVpc', id, () => {
        if (pictures.has(id) && lastGiven.get(id) === picture) return;
        pictures.set(id, structuredClone(picture));
        lastGiven.set(id, picture);
      });
    },
    ensureVpcAbsent: (vpcId) => stage.change('ensureVpcAbsent', vpcId, () => void pictures.delete(vpcId)),
    listVpcs: () => stage.look('listVpcs', () => [...pictures.keys()]),
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
