// Opening and closing a VPC's sockets, again and again, at once, and when it fails half-way.

import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { loadLibc } from '../../drivers/network/libc.ts';
import { metadataAddress } from '../../drivers/network/network.ts';
import { createTestVpc, hostSocketOf, vpcId } from './vpc-servers.testing.ts';
import { createVpcServers } from './vpc-servers.ts';

const isListening = () => {
  const { host, port } = hostSocketOf({ address: metadataAddress, port: 80 });
  return new Promise<boolean>((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
};

test('opening twice, even at once, opens once; closing twice is closing', async () => {
  const { world, openSockets } = createTestVpc(await loadLibc());
  const servers = createVpcServers(world);
  await Promise.all([servers.ensureListening(vpcId), servers.ensureListening(vpcId)]);
  await servers.ensureListening(vpcId);
  expect(openSockets).toHaveLength(6);
  expect(await isListening()).toBe(true);
  await Promise.all([servers.ensureClosed(vpcId), servers.ensureClosed(vpcId)]);
  expect(await isListening()).toBe(false);
  await servers.ensureClosed('vpc-never-seen');
});

test('what was asked for last is what is', async () => {
  const { world } = createTestVpc(await loadLibc());
  const servers = createVpcServers(world);
  await Promise.all([servers.ensureListening(vpcId), servers.ensureClosed(vpcId), servers.ensureListening(vpcId)]);
  expect(await isListening()).toBe(true);
  await servers.closeAll();
  expect(await isListening()).toBe(false);
});

test('a failure half-way leaves nothing open, and the next attempt succeeds', async () => {
  const { world, openSockets } = createTestVpc(await loadLibc());
  const { openSocket } = world.drivers.network;
  let isBroken = true;
  const network: typeof world.drivers.network = {
    openSocket(endpoint) {
      if (isBroken && endpoint.port === 53 && endpoint.protocol === 'tcp') throw new Error('no more sockets');
      return openSocket(endpoint);
    },
  };
  const servers = createVpcServers({ ...world, drivers: { network } });
  await expect(servers.ensureListening(vpcId)).rejects.toThrow('no more sockets');
  expect(openSockets).toHaveLength(3);
  expect(await isListening()).toBe(false);
  isBroken = false;
  await servers.ensureListening(vpcId);
  expect(await isListening()).toBe(true);
  await servers.closeAll();
});

test('a VPC that is not there cannot be served', async () => {
  const { world } = createTestVpc(await loadLibc());
  const servers = createVpcServers(world);
  await expect(servers.ensureListening('vpc-gone')).rejects.toThrow('there is no VPC vpc-gone');
  await servers.closeAll();
});
