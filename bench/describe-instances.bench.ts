// DescribeInstances of a hundred instances, against moto's server with as many; and ten thousand of them page by page,
// while another client asks who it is: how long it waits is how long the event loop was held up. By the clock, that is also
// how long the machine's other work kept the cloud and this client off a processor; so the cloud's own part, which is what
// its main thread spent on a processor during the wait, is told apart.

import { readFileSync } from 'node:fs';
import { DescribeImagesCommand, DescribeSubnetsCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { createCloudProcess } from '../tests/end-to-end/cloud-process.ts';
import { load } from './load.ts';
import { startMoto } from './peers.ts';
import { type Benchmark, type Finding, median } from './report.ts';
import { call, postRequest } from './requests.ts';

const hundred = 100;
const tenThousand = 10_000;
const atOnce = 100;
const body = 'Action=DescribeInstances&Version=2016-11-15&MaxResults=1000';

export const benchmark: Benchmark = {
  name: 'DescribeInstances',
  async run() {
    const cloud = await createCloudProcess({ flags: ['--hypervisor', 'simulated', '--log', 'warn'] });
    await cloud.start();
    const client = clientOf(cloud.port);
    try {
      await launch(client, hundred);
      const ours = await perCpuSecond(cloud.port, cloud.pid(), 1000);
      const peer = await measureMoto();
      await launch(client, tenThousand - hundred);
      const findings: Finding[] = [
        {
          what: '100 instances',
          unit: '/s of one core',
          ours,
          ...(peer && { peers: [{ name: 'moto', figure: peer }] }),
          target: 'ratio >= 10',
        },
        ...findingsOf(await worstWait(cloud.port, cloud.pid(), 1000), 1000),
        ...findingsOf(await worstWait(cloud.port, cloud.pid(), 100), 100),
      ];
      return findings;
    } finally {
      client.destroy();
      await cloud.kill('SIGKILL'); // ten thousand simulated machines need no farewell
      await cloud.dispose();
    }
  },
};

function clientOf(port: number): EC2Client {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new EC2Client({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials, maxAttempts: 1 });
}

/** Without public addresses, and spread over the subnets: neither would have enough for ten thousand otherwise. */
async function launch(client: EC2Client, count: number): Promise<void> {
  const { Images = [] } = await client.send(new DescribeImagesCommand({}));
  const { Subnets = [] } = await client.send(new DescribeSubnetsCommand({}));
  for (let done = 0; done < count; done += atOnce) {
    const MinCount = Math.min(count - done, atOnce);
    const SubnetId = Subnets[(done / atOnce) % Subnets.length]?.SubnetId;
    const NetworkInterfaces = [{ DeviceIndex: 0, SubnetId, AssociatePublicIpAddress: false }];
    const request = { ImageId: Images[0]?.ImageId, InstanceType: 't3.micro' as const, NetworkInterfaces };
    await client.send(new RunInstancesCommand({ ...request, MinCount, MaxCount: MinCount }));
  }
}

async function perCpuSecond(port: number, pid: number, requests: number): Promise<number> {
  const request = postRequest({ port, service: 'ec2', body });
  const rounds: number[] = [];
  for (let round = 0; round < 4; round++) {
    const { requestsPerCpuSecond, failed } = await load({ port, pid, request, connections: 4, requests });
    if (failed > 0) throw new Error(`${failed} requests failed`);
    if (round > 0) rounds.push(requestsPerCpuSecond);
  }
  return median(rounds);
}

async function measureMoto(): Promise<number | undefined> {
  const moto = await startMoto();
  if (!moto) return undefined;
  const client = clientOf(moto.port);
  try {
    await launch(client, hundred);
    return await perCpuSecond(moto.port, moto.pid, 20);
  } finally {
    client.destroy();
    await moto.close();
  }
}

interface Wait {
  /** By the clock, in milliseconds. */
  readonly waitedMs: number;
  /** What the cloud's main thread spent on a processor meanwhile. */
  readonly busyMs: number;
}

function findingsOf({ waitedMs, busyMs }: Wait, pageSize: number): readonly Finding[] {
  const what = `10,000 in pages of ${pageSize}: longest wait of another request`;
  return [
    { what: `${what}, the cloud's part`, unit: 'ms', ours: busyMs, target: '<= 50 ms' },
    { what: `${what}, by the clock`, unit: 'ms', ours: waitedMs, target: '<= 50 ms on an idle machine' },
  ];
}

/** The longest that GetCallerIdentity waited, less what it waits when nobody else asks. */
async function worstWait(port: number, pid: number, maxResults: number): Promise<Wait> {
  const request = postRequest({ port, service: 'sts', body: 'Action=GetCallerIdentity&Version=2011-06-15' });
  const probe = (requests: number) => load({ port, pid, request, connections: 1, requests });
  const quiet = await probe(2000);
  let isPaging = true;
  const waits: Wait[] = [];
  const probing = (async () => {
    while (isPaging) {
      const before = mainThreadMs(pid);
      const { medianMs } = await probe(1);
      waits.push({ waitedMs: medianMs, busyMs: mainThreadMs(pid) - before });
    }
  })();
  // Not by the SDK: reading a page with it takes longer than writing it does, and would be taken for a wait.
  let nextToken = '';
  let seen = 0;
  do {
    const page = await describePage(port, maxResults, nextToken);
    seen += page.split('<privateDnsName>').length - 1;
    nextToken = /<nextToken>([^<]+)</.exec(page)?.[1] ?? '';
  } while (nextToken);
  isPaging = false;
  await probing;
  if (seen < tenThousand) throw new Error(`saw ${seen} of ${tenThousand}`);
  const longest = (of: (wait: Wait) => number) => waits.reduce((most, wait) => Math.max(most, of(wait)), 0);
  return {
    waitedMs: longest(({ waitedMs }) => waitedMs) - quiet.medianMs,
    busyMs: longest(({ busyMs }) => busyMs),
  };
}

/** Milliseconds that the process's main thread has been on a processor. */
function mainThreadMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

async function describePage(port: number, maxResults: number, nextToken: string): Promise<string> {
  const form = new URLSearchParams({
    Action: 'DescribeInstances',
    Version: '2016-11-15',
    MaxResults: String(maxResults),
  });
  if (nextToken) form.set('NextToken', nextToken);
  return call(port, postRequest({ port, service: 'ec2', body: form.toString() }));
}
