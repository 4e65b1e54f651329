// DynamoDB's hot operations, against a Python peer, a JavaScript one, and a bare server that answers the same bytes: how
// many a processor core does in a second. (LocalStack's DynamoDB is a program that we may not run.)

import { type Contender, compareDurability, compete, createdCloud, oursOf, startedPeers } from './contest.ts';
import { load } from './load.ts';
import { startBareServer, startDynalite, startMoto } from './peers.ts';
import type { Benchmark } from './report.ts';
import { call, jsonRequest } from './requests.ts';

const table = 'bench';
const connections = 32;
const partitionItems = 100;

interface Case {
  readonly what: string;
  readonly operation: string;
  readonly input: unknown;
  readonly requests: number;
  readonly isWrite: boolean;
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

const key = { pk: { S: 'read' }, sk: { S: 'item-00042' } };
const query = {
  TableName: table,
  KeyConditionExpression: 'pk = :pk',
  ExpressionAttributeValues: { ':pk': { S: 'read' } },
};

const cases: readonly Case[] = [
  {
    what: 'GetItem',
    operation: 'GetItem',
    input: { TableName: table, Key: key },
    requests: 16_000,
    isWrite: false,
  },
  {
    what: 'PutItem',
    operation: 'PutItem',
    input: { TableName: table, Item: item('written', 1) },
    requests: 12_000,
    isWrite: true,
  },
  { what: 'Query of 100 items', operation: 'Query', input: query, requests: 3_000, isWrite: false },
  {
    what: 'TransactWriteItems of 4',
    operation: 'TransactWriteItems',
    input: { TransactItems: puts(4) },
    requests: 5_000,
    isWrite: true,
  },
];

export const benchmark: Benchmark = {
  name: 'DynamoDB',
  async *run() {
    const clouds = [await createdCloud(), await createdCloud(['--durability', 'relaxed'])] as const;
    const peers = await startedPeers([startMoto, startDynalite], ({ port }) => fill(port));
    try {
      const [ours, relaxed] = clouds.map(oursOf) as [Contender, Contender];
      for (const { port } of [ours, relaxed]) await fill(port);
      for (const one of cases) {
        const answer = await call(ours.port, requestOf(one, ours.port));
        const bare = await startBareServer(answer, 'application/x-amz-json-1.0');
        try {
          yield await compete(contestOf(one), [ours, bare, ...peers.filter((peer) => supports(peer, one))]);
        } finally {
          await bare.close();
        }
        if (one.isWrite) yield* await compareDurability(contestOf(one), ours, relaxed);
      }
    } finally {
      for (const cloud of clouds) await cloud.dispose();
      for (const peer of peers) await peer.close();
    }
  },
};

/** dynalite has no transactions. */
const supports = ({ name }: Contender, { operation }: Case): boolean =>
  !(name === 'dynalite' && operation === 'TransactWriteItems');

const request = (port: number, operation: string, input: unknown): Buffer =>
  jsonRequest(port, 'dynamodb', `DynamoDB_20120810.${operation}`, input);

const requestOf = ({ operation, input }: Case, port: number): Buffer => request(port, operation, input);

function contestOf(one: Case) {
  return {
    what: one.what,
    requests: one.requests,
    run: ({ port, pid }: Contender, requests: number) =>
      load({ port, pid, request: requestOf(one, port), connections, requests }),
  };
}

async function fill(port: number): Promise<void> {
  const keyPart = (name: string, type: string) => ({ AttributeName: name, KeyType: type });
  await call(
    port,
    request(port, 'CreateTable', {
      TableName: table,
      AttributeDefinitions: ['pk', 'sk'].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
      KeySchema: [keyPart('pk', 'HASH'), keyPart('sk', 'RANGE')],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  for (let start = 0; start < partitionItems; start += 25) {
    const entries = Array.from({ length: 25 }, (_, i) => ({ PutRequest: { Item: item('read', start + i) } }));
    await untilItWorks(() => call(port, request(port, 'BatchWriteItem', { RequestItems: { [table]: entries } })));
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
