// Whether what is kept slows down what is done: a table, a queue and a bucket grow, and at each size the same operations
// are measured again. By default to a hundredth of the sizes that they must hold; `npm run bench -- growth full` takes
// them there (10 million items, 1 million messages, 1 million keys: tens of minutes, and some 10 GB of disk).

import type { CloudProcess } from '../tests/end-to-end/cloud-process.ts';
import { createdCloud, oursOf } from './contest.ts';
import { fillTable } from './fill-table.ts';
import { type LoadOptions, type LoadResult, load } from './load.ts';
import { type MemoryWatch, watchMemory } from './memory.ts';
import { startBareServer } from './peers.ts';
import { type Benchmark, type Finding, median } from './report.ts';
import { call, jsonRequest, s3Head } from './requests.ts';

const connections = 32;
const samples = 3_000;
const rounds = 3;

/** One kind of thing that grows. */
interface Growth {
  readonly what: string;
  readonly fullSize: number;
  prepare(port: number): Promise<unknown>;
  /** Adds the things from `from` to before `to`. */
  grow(cloud: CloudProcess, from: number, to: number): Promise<unknown>;
  readonly probes: readonly Probe[];
}

interface Target {
  readonly port: number;
  readonly pid: number;
}

interface Probe {
  readonly what: string;
  /** The nth request of a round, when there are `size` things. */
  request(port: number, size: number, n: number): readonly Uint8Array[];
}

export const benchmark: Benchmark = {
  name: 'Growth',
  async *run(words) {
    const scale = words.includes('full') ? 1 : 0.01;
    const wanted = growths.filter(({ what }) => words.every((word) => word === 'full' || what.includes(word)));
    for (const growth of wanted) {
      const cloud = await createdCloud();
      const memory = watchMemory(cloud.pid());
      try {
        await growth.prepare(cloud.port);
        yield* curveOf(growth, cloud, memory, growth.fullSize * scale);
        yield* memoryFindings(growth, memory);
      } finally {
        memory.stop();
        await cloud.kill('SIGKILL');
        await cloud.dispose();
      }
    }
  },
};

/** At a hundredth, a thirtieth, a tenth, a third and all of it; the first is what the others are compared with. */
async function* curveOf(
  growth: Growth,
  cloud: CloudProcess,
  memory: MemoryWatch,
  fullSize: number,
): AsyncGenerator<Finding> {
  const first = new Map<Probe, number>();
  const bare = await startBareServer('{}');
  let size = 0;
  for (const share of [0.01, 0.03, 0.1, 0.3, 1]) {
    const next = Math.round(fullSize * share);
    await growth.grow(cloud, size, next);
    memory.follow(cloud.pid());
    size = next;
    for (const probe of growth.probes) {
      const { ours, theirs } = await measure(probe, oursOf(cloud), bare, size);
      const ratio = ours / theirs;
      const atFirst = first.get(probe) ?? ratio;
      if (!first.has(probe)) first.set(probe, ratio);
      yield {
        what: `${probe.what} with ${size.toLocaleString('en')} ${growth.what}`,
        unit: '/s of one core',
        ours,
        peers: [{ name: 'bare node:http', figure: theirs }],
        target: `flat: ratio >= 0.7 of the first, ${atFirst.toFixed(2)}`,
        isMet: ratio >= 0.7 * atFirst,
      };
    }
  }
  await bare.close();
}

function* memoryFindings({ what }: Growth, memory: MemoryWatch): Generator<Finding> {
  const { anonymous, resident } = memory.peak();
  yield {
    what: `memory at most, with ${what}`,
    unit: 'MiB',
    ours: anonymous,
    target: '<= 1024',
    isMet: anonymous <= 1024,
  };
  yield { what: 'the same with the mapped pages of its files', unit: 'MiB', ours: resident, target: 'shown' };
}

/** Beside a bare server, which tells what the machine was worth meanwhile. */
async function measure(
  probe: Probe,
  target: Target,
  bare: Target,
  size: number,
): Promise<{ readonly ours: number; readonly theirs: number }> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const request = (n: number) => probe.request(target.port, size, round * samples + n);
    const ourLoad = await complete({ ...target, connections, requests: samples, request });
    const bareLoad = await complete({ ...bare, connections, requests: samples, request });
    if (round === 0) continue; // warm-up
    ours.push(ourLoad.requestsPerCpuSecond);
    theirs.push(bareLoad.requestsPerCpuSecond);
  }
  return { ours: median(ours), theirs: median(theirs) };
}

async function complete(options: LoadOptions): Promise<LoadResult> {
  const result = await load(options);
  if (result.failed > 0) throw new Error(`${result.failed} requests failed`);
  return result;
}

/** Things that are neither in order nor alike, and always the same. */
const scattered = (n: number): number => Math.imul(n + 1, 0x9e3779b1) >>> 0;

const dynamodb = (port: number, operation: string, input: unknown): Buffer =>
  jsonRequest(port, 'dynamodb', `DynamoDB_20120810.${operation}`, input);

const itemKey = (n: number) => ({ pk: { S: `customer-${scattered(n)}` }, sk: { S: `order-${n % 10}` } });

const item = (n: number) => ({
  ...itemKey(n),
  name: { S: 'A name of some length, as names have' },
  count: { N: String(n) },
  isActive: { BOOL: true },
  address: { M: { street: { S: '1 Main Street' }, city: { S: 'Anytown' }, zip: { S: '12345' } } },
});

/** New items of a probe lie beyond all that the table is filled with. */
const largestTable = 100_000_000;

const itemGrowth: Growth = {
  what: 'items',
  fullSize: 10_000_000,
  async prepare(port) {
    const key = (name: string, type: string) => ({ AttributeName: name, KeyType: type });
    const input = {
      TableName: 'growth',
      AttributeDefinitions: ['pk', 'sk'].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
      KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
      BillingMode: 'PAY_PER_REQUEST',
    };
    await call(port, dynamodb(port, 'CreateTable', input));
    const describe = dynamodb(port, 'DescribeTable', { TableName: 'growth' });
    while (!(await call(port, describe)).includes('"ACTIVE"')) await new Promise((resolve) => setTimeout(resolve, 20));
  },
  async grow(cloud, from, to) {
    await cloud.kill('SIGTERM');
    await fillTable({ dataDirectory: cloud.dataDirectory, tableName: 'growth', item, from, to });
    await cloud.start();
  },
  probes: [
    {
      what: 'GetItem',
      request: (port, size, n) => [
        dynamodb(port, 'GetItem', { TableName: 'growth', Key: itemKey(scattered(n) % size) }),
      ],
    },
    {
      what: 'PutItem of new items',
      request: (port, size, n) => [
        dynamodb(port, 'PutItem', { TableName: 'growth', Item: item(largestTable + size + n) }),
      ],
    },
    {
      what: 'PutItem over another',
      request: (port, size, n) => [dynamodb(port, 'PutItem', { TableName: 'growth', Item: item(scattered(n) % size) })],
    },
  ],
};

const sqs = (port: number, action: string, input: object): Buffer =>
  jsonRequest(port, 'sqs', `AmazonSQS.${action}`, {
    QueueUrl: `http://127.0.0.1:${port}/000000000000/growth`,
    ...input,
  });

const messageBody = 'An order was placed: '.padEnd(200, 'x');

const messageGrowth: Growth = {
  what: 'messages',
  fullSize: 1_000_000,
  prepare: (port) => call(port, jsonRequest(port, 'sqs', 'AmazonSQS.CreateQueue', { QueueName: 'growth' })),
  grow: (cloud, from, to) =>
    complete({
      ...oursOf(cloud),
      connections,
      requests: Math.ceil((to - from) / 10),
      request() {
        const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: `m${index}`, MessageBody: messageBody }));
        return [sqs(cloud.port, 'SendMessageBatch', { Entries })];
      },
    }),
  probes: [
    { what: 'SendMessage', request: (port) => [sqs(port, 'SendMessage', { MessageBody: messageBody })] },
    // Hidden for a moment only: a queue may have no more than 120,000 messages in flight.
    { what: 'ReceiveMessage', request: (port) => [sqs(port, 'ReceiveMessage', { VisibilityTimeout: 1 })] },
  ],
};

const keyPath = (n: number): string => `/growth/folder-${scattered(n) % 1000}/object-${n}`;
const objectBody = Buffer.alloc(1024, 'abcdefghij');

const keyGrowth: Growth = {
  what: 'keys',
  fullSize: 1_000_000,
  prepare: (port) => call(port, s3Head(port, 'PUT', '/growth')),
  grow: (cloud, from, to) =>
    complete({
      ...oursOf(cloud),
      connections: 4 * connections, // more of them share an fsync
      requests: to - from,
      request: (n) => [s3Head(cloud.port, 'PUT', keyPath(from + n), objectBody.length), objectBody],
    }),
  probes: [
    { what: 'GET', request: (port, size, n) => [s3Head(port, 'GET', keyPath(scattered(n) % size))] },
    {
      what: 'PUT over another',
      request: (port, size, n) => [s3Head(port, 'PUT', keyPath(scattered(n) % size), objectBody.length), objectBody],
    },
    {
      what: 'a page of ten keys from the middle',
      request: (port, size, n) => {
        const after = keyPath(scattered(n) % size).slice('/growth/'.length);
        return [s3Head(port, 'GET', `/growth?list-type=2&max-keys=10&start-after=${encodeURIComponent(after)}`)];
      },
    },
  ],
};

const growths: readonly Growth[] = [itemGrowth, messageGrowth, keyGrowth];
