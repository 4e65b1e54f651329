// The services that every VPC has of its own, on sockets inside its network: instance metadata, the cloud's API for the
// guests, and the resolver at its two addresses. The VPC's reconciler opens them after it made the network and closes them before it removes it.

import type { Socket as UdpSocket } from 'node:dgram';
import type { Server } from 'node:net';
import { createHttpServer } from '../../aws/http/http-server.ts';
import type { World } from '../../aws/service.ts';
import { apiPort, metadataAddress, resolverAddress } from '../../drivers/network/network.ts';
import { formatIpv4, parseIpv4Block, resolverAddress as resolverInBlock } from './cidr.ts';
import { createDnsResponder, createTcpDnsServer, createUdpDnsServer } from './dns.server.ts';
import { createDnsForwarder, type DnsForwarderOptions } from './dns-forwarder.ts';
import { createMetadataServer, type MetadataWorld } from './metadata.server.ts';
import { vpcs } from './vpcs.table.ts';

export interface VpcServers {
  /** Does nothing for a VPC that is served already. */
  ensureListening(vpcId: string): Promise<void>;
  /** Lets go of the VPC's sockets, which would keep its network alive. */
  ensureClosed(vpcId: string): Promise<void>;
  /** Of all VPCs. */
  closeAll(): Promise<void>;
}

export type VpcServersWorld = MetadataWorld &
  Pick<World, 'gateway'> & {
    readonly drivers: { readonly network: Pick<World['drivers']['network'], 'openSocket'> };
  };

type Close = () => Promise<void>;

const metadataPort = 80;
const dnsPort = 53;

export function createVpcServers(
  world: VpcServersWorld,
  options: Pick<DnsForwarderOptions, 'upstreams'> = {},
): VpcServers {
  const forwarder = createDnsForwarder({ ...world, ...options });
  const listening = new Map<string, Close>();
  // One change of a VPC at a time, in the order they were asked for.
  const lastChanges = new Map<string, Promise<void>>();

  function inTurn(vpcId: string, change: () => Promise<void>): Promise<void> {
    const turn = (lastChanges.get(vpcId) ?? Promise.resolve()).catch(() => undefined).then(change);
    lastChanges.set(vpcId, turn);
    const forget = () => {
      if (lastChanges.get(vpcId) === turn) lastChanges.delete(vpcId);
    };
    void turn.then(forget, forget);
    return turn;
  }

  async function open(vpcId: string): Promise<Close> {
    const addresses = resolverAddresses(world, vpcId);
    const opened: Close[] = [];
    const closeAll = async () => {
      for (const close of opened) await close();
    };
    try {
      const onError = (error: Error) => world.log.error('a service inside a VPC failed', { vpcId, error });
      const socket = (protocol: 'tcp' | 'udp', address: string, port: number) =>
        world.drivers.network.openSocket({ vpcId, protocol, address, port });
      const metadata = createMetadataServer(world, vpcId);
      opened.push(() => closeServer(metadata, () => metadata.closeAllConnections()));
      await listen(metadata, onError, await socket('tcp', metadataAddress, metadataPort));
      const api = createHttpServer(world);
      opened.push(() => closeServer(api, () => api.closeAllConnections()));
      await listen(api, onError, await socket('tcp', metadataAddress, apiPort));
      const respond = createDnsResponder(world, vpcId, forwarder);
      for (const address of addresses) {
        const udp = createUdpDnsServer(respond);
        opened.push(() => closeUdp(udp));
        await bind(udp, onError, await socket('udp', address, dnsPort));
        const { server, closeAllConnections } = createTcpDnsServer(world, respond);
        opened.push(() => closeServer(server, closeAllConnections));
        await listen(server, onError, await socket('tcp', address, dnsPort));
      }
    } catch (error) {
      await closeAll();
      throw error;
    }
    return closeAll;
  }

  async function close(vpcId: string): Promise<void> {
    const closeListening = listening.get(vpcId);
    listening.delete(vpcId);
    await closeListening?.();
  }

  return {
    ensureListening: (vpcId) =>
      inTurn(vpcId, async () => {
        if (!listening.has(vpcId)) listening.set(vpcId, await open(vpcId));
      }),
    ensureClosed: (vpcId) => inTurn(vpcId, () => close(vpcId)),
    async closeAll() {
      await Promise.all([...lastChanges.values()].map((turn) => turn.catch(() => undefined)));
      for (const vpcId of [...listening.keys()]) await close(vpcId);
    },
  };
}

function resolverAddresses({ store }: Pick<World, 'store'>, vpcId: string): readonly string[] {
  const firstBlock = parseIpv4Block(store.find(vpcs, vpcId)?.spec.cidrBlocks[0]?.cidrBlock ?? '');
  if (!firstBlock) throw new Error(`there is no VPC ${vpcId} to serve`);
  return [resolverAddress, formatIpv4(resolverInBlock(firstBlock))];
}

type OnError = (error: Error) => void;

/** Once it listens, an error (no more file descriptors, say) must not end the process. */
function listen(server: Server, onError: OnError, fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ fd }, () => {
      server.off('error', reject);
      server.on('error', onError);
      resolve();
    });
  });
}

function bind(socket: UdpSocket, onError: OnError, fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ fd }, () => {
      socket.off('error', reject);
      socket.on('error', onError);
      resolve();
    });
  });
}

/** One that never listened is closed, too. */
function closeServer(server: Server, closeAllConnections: () => void): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    closeAllConnections();
  });
}

function closeUdp(socket: UdpSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => resolve());
  });
}
