// RunInstances to the first SSH banner: one instance alone, and ten of one request. No peer: no other emulator boots
// a machine without Docker.

import { connect } from 'node:net';
import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
  waitUntilInstanceTerminated,
} from '@aws-sdk/client-ec2';
import { createCloudProcess, eventually } from '../tests/end-to-end/cloud-process.ts';
import { whyNoMachines } from '../tests/end-to-end/host.ts';
import { type Benchmark, median } from './report.ts';

const rounds = 7;

export const benchmark: Benchmark = {
  name: 'RunInstances to the first SSH banner',
  skip: whyNoMachines,
  async run() {
    const cloud = await createCloudProcess({ flags: ['--log', 'warn'] });
    await cloud.start();
    const client = new EC2Client({
      endpoint: cloud.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    try {
      const imageId = await prepare(client);
      await launch(client, imageId, 1); // builds the base image where there is none yet
      const alone: number[] = [];
      for (let round = 0; round < rounds; round++) alone.push(await launch(client, imageId, 1));
      const tenAtOnce = [
        await launch(client, imageId, 10),
        await launch(client, imageId, 10),
        await launch(client, imageId, 10),
      ];
      return [
        { what: 'one instance', unit: 's', ours: median(alone) / 1000, target: '<= 1.5 s' },
        { what: 'ten at once, the last of them', unit: 's', ours: median(tenAtOnce) / 1000, target: '<= 6 s' },
      ];
    } finally {
      client.destroy();
      await cloud.dispose();
    }
  },
};

/** Opens port 22 of the default group to everyone. */
async function prepare(client: EC2Client): Promise<string> {
  const { SecurityGroups = [] } = await client.send(new DescribeSecurityGroupsCommand({ GroupNames: ['default'] }));
  await client.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: SecurityGroups[0]?.GroupId,
      IpProtocol: 'tcp',
      FromPort: 22,
      ToPort: 22,
      CidrIp: '0.0.0.0/0',
    }),
  );
  const { Images = [] } = await client.send(
    new DescribeImagesCommand({ Filters: [{ Name: 'name', Values: ['debian-12-*'] }] }),
  );
  return Images[0]?.ImageId ?? '';
}

/** Milliseconds from the request to the last banner. The instances are gone afterwards. */
async function launch(client: EC2Client, ImageId: string, count: number): Promise<number> {
  const startedMs = performance.now();
  const { Instances = [] } = await client.send(
    new RunInstancesCommand({ ImageId, InstanceType: 't3.micro', MinCount: count, MaxCount: count }),
  );
  const InstanceIds = Instances.map(({ InstanceId = '' }) => InstanceId);
  const { Reservations = [] } = await client.send(new DescribeInstancesCommand({ InstanceIds }));
  const addresses = Reservations.flatMap((reservation) => reservation.Instances ?? []).map(
    ({ PublicIpAddress = '' }) => PublicIpAddress,
  );
  await Promise.all(
    addresses.map((address) => eventually(`the banner of ${address}`, () => readBanner(address), 120_000)),
  );
  const tookMs = performance.now() - startedMs;
  await client.send(new TerminateInstancesCommand({ InstanceIds }));
  await waitUntilInstanceTerminated({ client, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, { InstanceIds });
  return tookMs;
}

function readBanner(host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 22, timeout: 500 });
    const settle = (banner?: string) => {
      socket.destroy();
      resolve(banner);
    };
    socket.once('data', (chunk) => settle(chunk.toString().startsWith('SSH-') ? chunk.toString() : undefined));
    socket.once('error', () => settle());
    socket.once('timeout', () => settle());
  });
}
