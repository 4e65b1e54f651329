// What every implementation of Network promises, told to the fake and to the real one alike.

import { closeSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeNetwork } from './fake-network.ts';
import { metadataAddress, type Network, type VpcPicture } from './network.ts';
import { describeWithPackets, openPacketLab } from './packet-lab.testing.ts';

interface Subject {
  readonly network: Network;
  close(): Promise<void>;
}

describe('network: fake', () => {
  keepsTheContract(async () => ({ network: createFakeNetwork(), close: async () => undefined }));
});

describeWithPackets('network: namespaces', () => {
  keepsTheContract(async () => {
    const lab = await openPacketLab();
    return { network: lab.startCloud().network, close: () => lab.close() };
  });
});

function keepsTheContract(open: () => Promise<Subject>): void {
  let subject: Subject;
  let network: Network;
  beforeAll(async () => {
    subject = await open();
    network = subject.network;
  });
  afterAll(() => subject?.close());

  const picture = (id: string, more: Partial<VpcPicture> = {}): VpcPicture => ({
    id,
    cidrBlocks: ['10.0.0.0/16'],
    interfaces: [],
    securityGroups: [],
    ...more,
  });

  it('is available', async () => {
    expect(await network.probe()).toMatchObject({ available: true });
  });

  it('lists what was ensured, once, until it is made absent', async () => {
    await network.ensureVpc(picture('vpc-0000000000000000a'));
    await network.ensureVpc(picture('vpc-0000000000000000b'));
    await network.ensureVpc(picture('vpc-0000000000000000a'));
    expect([...(await network.listVpcs())].sort()).toEqual(['vpc-0000000000000000a', 'vpc-0000000000000000b']);
    await network.ensureVpcAbsent('vpc-0000000000000000a');
    expect(await network.listVpcs()).toEqual(['vpc-0000000000000000b']);
    await network.ensureVpcAbsent('vpc-0000000000000000a');
    await network.ensureVpcAbsent('vpc-0000000000000000b');
    expect(await network.listVpcs()).toEqual([]);
  });

  it('can be made absent without ever having been there', async () => {
    await network.ensureVpcAbsent('vpc-0000000000000000c');
    expect(await network.listVpcs()).toEqual([]);
  });

  it('has a public block, and an address of the host in it, that stay the same', async () => {
    const pool = await network.publicPool();
    expect(pool).toMatch(/^198\.18\.\d+\.0\/22$/);
    expect(await network.hostAddress()).toBe(pool.replace('.0/22', '.1'));
    expect(await network.publicPool()).toBe(pool);
  });

  it('names interfaces within the 15 characters that the kernel allows, each differently', () => {
    const ids = ['eni-0123456789abcdef0', 'eni-0123456789abcdef1', 'eni-1a2b3c4d'];
    const names = ids.map((id) => network.interfaceName(id));
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]{1,15}$/);
    expect(ids.map((id) => network.interfaceName(id))).toEqual(names);
  });

  it('opens a socket that a server can listen on, at a local address of an existing VPC only', async () => {
    const endpoint = { vpcId: 'vpc-0000000000000000d', protocol: 'tcp', address: metadataAddress, port: 80 } as const;
    await expect(network.openSocket(endpoint)).rejects.toThrow();
    await network.ensureVpc(picture(endpoint.vpcId));
    const server = createServer();
    const fd = await network.openSocket(endpoint);
    await new Promise<void>((resolve) => server.listen({ fd }, resolve));
    expect(server.listening).toBe(true);
    await new Promise((resolve) => server.close(resolve));
    await expect(network.openSocket({ ...endpoint, address: '192.0.2.77' })).rejects.toThrow();
    closeSync(await network.openSocket({ ...endpoint, protocol: 'udp' }));
    await network.ensureVpcAbsent(endpoint.vpcId);
  });

  it('refuses a picture that is a mistake', async () => {
    const pool = await network.publicPool();
    const each = {
      id: 'eni-0123456789abcdef0',
      macAddress: '02:00:00:00:00:01',
      privateAddress: '10.0.0.10',
      securityGroupIds: [],
      sourceDestinationCheck: true,
    };
    const id = 'vpc-0000000000000000e';
    const mistakes: VpcPicture[] = [
      picture('vpc-x; reboot'),
      picture(id, { cidrBlocks: [] }),
      picture(id, { interfaces: [{ ...each, privateAddress: '10.0.0.256' }] }),
      picture(id, { interfaces: [each, { ...each, id: 'eni-0123456789abcdef1' }] }),
      picture(id, { interfaces: [{ ...each, publicAddress: '203.0.113.1' }] }),
      picture(id, { interfaces: [{ ...each, publicAddress: pool.replace('.0/22', '.1') }] }),
      picture(id, { securityGroups: [{ id: 'sg-1 { }', ingress: [], egress: [] }] }),
    ];
    for (const mistake of mistakes) await expect(network.ensureVpc(mistake)).rejects.toThrow();
    expect(await network.listVpcs()).toEqual([]);
  });
}
