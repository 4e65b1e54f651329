// Metadata and names as a guest sees them: from inside a real VPC's network, with no rule of a security group to help.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VpcPicture } from '../../drivers/network/network.ts';
import {
  describeWithPackets,
  type LabCloud,
  openPacketLab,
  type PacketLab,
  type Station,
} from '../../drivers/network/packet-lab.testing.ts';
import { networkInterfaces } from './network-interfaces.table.ts';
import { createTestVpc, firstInstanceId, scope, secondInstanceId, vpcId } from './vpc-servers.testing.ts';
import { createVpcServers, type VpcServers } from './vpc-servers.ts';
import { vpcs } from './vpcs.table.ts';

const run = promisify(execFile);

const picture: VpcPicture = {
  id: vpcId,
  cidrBlocks: ['172.31.0.0/16'],
  interfaces: ['172.31.5.6', '172.31.5.7'].map((privateAddress, i) => ({
    id: `eni-0000000000000000${i + 1}`,
    macAddress: `02:00:00:00:00:0${i + 1}`,
    privateAddress,
    securityGroupIds: ['sg-00000000000000001'],
    sourceDestinationCheck: true,
  })),
  securityGroups: [{ id: 'sg-00000000000000001', ingress: [], egress: [] }],
};

/** Prints what `script` evaluates to, run by node in the guest's network. */
async function inGuest(guest: Station, script: string): Promise<string> {
  const code = `(async () => console.log(await (${script})()))()`;
  const { stdout } = await run('nsenter', [`--net=${guest.namespacePath}`, process.execPath, '-e', code]);
  return stdout.trim();
}

const get = (path: string) => `async () => (await fetch('http://169.254.169.254/latest/meta-data/${path}')).text()`;

const resolve = (server: string, question: string) => `async () => {
  const resolver = new (require('node:dns').promises.Resolver)({ timeout: 60_000, tries: 1 });
  resolver.setServers(['${server}']);
  return resolver.${question};
}`;

describeWithPackets('the servers of a VPC', () => {
  let lab: PacketLab;
  let cloud: LabCloud;
  let servers: VpcServers;
  let guests: Station[];

  beforeAll(async () => {
    lab = await openPacketLab();
    cloud = lab.startCloud();
    await cloud.network.ensureVpc(picture);
    guests = picture.interfaces.map((each) => lab.plug(cloud.network, vpcId, each));
    const vpc = createTestVpc({
      boundSocket: () => {
        throw new Error('sockets are the network driver’s to make');
      },
    });
    vpc.store.changeSpecs((transaction) => {
      const cidrBlocks = [{ associationId: 'vpc-cidr-assoc-1', cidrBlock: '172.31.0.0/16' }];
      transaction.table(vpcs, scope).update(vpcId, (spec) => ({ ...spec, cidrBlocks }));
      const interfaces = transaction.table(networkInterfaces, scope);
      for (const [i, id] of ['eni-1', 'eni-2'].entries()) {
        const { privateAddress = '' } = picture.interfaces[i] ?? {};
        interfaces.update(id, (spec) => ({ ...spec, privateAddress }));
      }
    });
    servers = createVpcServers({ ...vpc.world, drivers: { network: cloud.network } });
    await servers.ensureListening(vpcId);
  });
  afterAll(async () => {
    await servers?.closeAll();
    await lab?.close();
  });

  test('each guest is told who it is', async () => {
    const [first, second] = guests as [Station, Station];
    expect(await inGuest(first, get('instance-id'))).toBe(firstInstanceId);
    expect(await inGuest(second, get('instance-id'))).toBe(secondInstanceId);
    expect(await inGuest(first, get('local-ipv4'))).toBe('172.31.5.6');
  });

  test.each(['169.254.169.253', '172.31.0.2'])('names are resolved at %s', async (server) => {
    const [first] = guests as [Station, Station];
    const name = 'ip-172-31-5-7.eu-west-1.compute.internal';
    expect(await inGuest(first, resolve(server, `resolve4('${name}')`))).toBe("[ '172.31.5.7' ]");
    expect(await inGuest(first, resolve(server, "reverse('172.31.5.7')"))).toBe(`[ '${name}' ]`);
  });

  test('closing lets go of the network', async () => {
    await servers.ensureClosed(vpcId);
    const [first] = guests as [Station, Station];
    await expect(inGuest(first, get('instance-id'))).rejects.toThrow();
    await cloud.network.ensureVpcAbsent(vpcId);
    expect(await cloud.network.listVpcs()).toEqual([]);
  });
});
