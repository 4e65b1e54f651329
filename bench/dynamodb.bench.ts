// DynamoDB's hot operations, against a Python peer, a JavaScript one, and a bare server that answers the same bytes: how
// many a processor core does in a second.

import { type CloudProcess, createCloudProcess } from '../tests/end-to-end/cloud-process.ts';
import { load, postRequest } from './load.ts';
import { startBareServer, startDynalite, startMoto } from './peers.ts';
import { type Benchmark, type Finding, median } from './report.ts';

const table = 'bench';
const rounds = 3;
const connections = 32;
const partitionItems = 100;

interface Target {
  readonly port: number;
  readonly pid: number;
}

interface Case {
  readonly what: string;
  readonly operation: string;
  readonly input: unknown;
  readonly requests: number;
}

const item = (partition: string, index: number) => ({
  pk: { S: partition },
  sk: { S: `item-${String(index).padStart(5, '0')}` },
  name: { S: 'A name of some length, as names have' },
  count: { N: String(index) },
  isActive: { BOOL: true },
  tags: { SS: ['red', 'green', 'blue'] },
  address: { M: { street: { S: '1 Main Street' }, city: { S: 'Anytown' }, zip: { S: '12345' } } },
});

const puts = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ Put: { TableName: table, Item: item('written', index) } }));

const cases: readonly Case[] = [
  {
    what: 'GetItem',
    operation: 'GetItem',
    input: { TableName: table, Key: { pk: { S: 'read' }, sk: { S: 'item-00042' } } },
    requests: 12_000,
  },
  { what: 'PutItem', operation: 'PutItem', input: { TableName: table, Item: item('written', 1) }, requests: 6_000 },
  {
    what: 'Query of 100',
    operation: 'Query',
    input: {
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'read' } },
    },
    requests: 3_000,
  },
  {
    what: 'TransactWriteItems of 4',
    operation: 'TransactWriteItems',
    input: { TransactItems: puts(4) },
    requests: 3_000,
  },
];

export const benchmark: Benchmark = {
  name: 'DynamoDB',
  async run() {
    const cloud = createdCloud([]);
    const relaxed = createdCloud(['--durability', 'relaxed']);
    const clouds = [await cloud, await relaxed];
    const [moto, dynalite] = [await startMoto(), await startDynalite()];
    try {
      const findings: Finding[] = [];
      const [strict, sooner] = clouds.map((running) => ({ port: running.port, pid: running.pid() })) as [
        Target,
        Target,
      ];
      for (const target of [strict, sooner, moto, dynalite]) if (target) await fill(target);
      for (const one of cases) {
        const ours = await rate(strict, one);
        const bare = await rateOfBare(strict, one);
        findings.push(finding(one.what, ours, 'bare node:http', bare, 'ratio >= 0.6, or the two below'));
        if (dynalite && one.operation !== 'TransactWriteItems')
          findings.push(finding(one.what, ours, 'dynalite', await rate(dynalite, one), 'ratio >= 3'));
        if (moto) findings.push(finding(one.what, ours, 'moto', await rate(moto, fewer(one)), 'ratio >= 10'));
        if (/Put|Write/.test(one.operation))
          findings.push(finding(`${one.what}, durability relaxed`, await rate(sooner, one), 'strict', ours, 'shown'));
      }
      return findings;
    } finally {
      for (const running of clouds) await running.dispose();
      await moto?.close();
      await dynalite?.close();
    }
  },
};

async function createdCloud(flags: readonly string[]): Promise<CloudProcess> {
  const cloud = await createCloudProcess({ flags: ['--hypervisor', 'none', '--log', 'warn', ...flags] });
  await cloud.start();
  return cloud;
}

function finding(what: string, ours: number, name: string, figure: number, target: string): Finding {
  return { what, unit: '/s of one core', ours, peer: { name, figure }, target };
}

const fewer = (one: Case): Case => ({ ...one, requests: Math.ceil(one.requests / 20) });

const headersOf = (operation: string) => ({
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': `DynamoDB_20120810.${operation}`,
});

async function call({ port }: Target, operation: string, input: unknown): Promise<string> {
  const request = postRequest({ port, service: 'dynamodb', headers: headersOf(operation), body: '' }).toString();
  const lines = [...request.matchAll(/^([\w-]+): (.*)\r$/gm)].map(([, name, value]) => [name, value] as const);
  const headers = Object.fromEntries(lines.filter(([name]) => name !== 'host' && name !== 'content-length'));
  const body = JSON.stringify(input);
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: headers as never, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${operation}: ${text}`);
  return text;
}

async function fill(target: Target): Promise<void> {
  const key = (name: string, type: string) => ({ AttributeName: name, KeyType: type });
  await call(target, 'CreateTable', {
    TableName: table,
    AttributeDefinitions: ['pk', 'sk'].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
    BillingMode: 'PAY_PER_REQUEST',
  });
  for (let start = 0; start < partitionItems; start += 25) {
    const requests = Array.from({ length: 25 }, (_, i) => ({ PutRequest: { Item: item('read', start + i) } }));
    await untilItWorks(() => call(target, 'BatchWriteItem', { RequestItems: { [table]: requests } }));
  }
}

/** Peers take a moment to make a table. */
async function untilItWorks(run: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run();
      return;
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function rate({ port, pid }: Target, { operation, input, requests }: Case): Promise<number> {
  const body = JSON.stringify(input);
  const request = postRequest({ port, service: 'dynamodb', headers: headersOf(operation), body });
  const rates: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const result = await load({ port, pid, request, connections, requests });
    if (result.failed > 0) throw new Error(`${operation}: ${result.failed} of ${requests} requests failed`);
    // The first round warms up.
    if (round > 0) rates.push(result.requestsPerCpuSecond);
  }
  return median(rates);
}

async function rateOfBare(ours: Target, one: Case): Promise<number> {
  const bare = await startBareServer(await call(ours, one.operation, one.input), 'application/x-amz-json-1.0');
  try {
    return await rate(bare, one);
  } finally {
    await bare.close();
  }
}
