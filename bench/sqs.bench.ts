// SQS: messages sent, received and deleted, one at a time and by tens, in both of its protocols. Each round fills the
// queue by sending, empties it by receiving, and deletes what it received.

import {
  type Contender,
  compareDurability,
  compete,
  createdCloud,
  oursOf,
  runsInContest,
  startedPeers,
} from './contest.ts';
import { type LoadResult, load } from './load.ts';
import { startBareServer, startFauxqs, startLocalStack, startMoto } from './peers.ts';
import type { Benchmark } from './report.ts';
import { call, jsonRequest, queryRequest } from './requests.ts';

const connections = 32;
const body = 'An order was placed: '.padEnd(200, 'x');

type Wire = (port: number, action: string, input: Readonly<Record<string, unknown>>) => Buffer;

const json: Wire = (port, action, input) => jsonRequest(port, 'sqs', `AmazonSQS.${action}`, input);

const query: Wire = (port, action, input) =>
  queryRequest(port, 'sqs', { Action: action, Version: '2012-11-05', ...(flatten(input) as Record<string, string>) });

/** `{Entries: [{Id: 'a'}]}` becomes `{'DeleteMessageBatchRequestEntry.1.Id': 'a'}`. */
function flatten(input: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { Entries, ...rest } = input;
  const entries = ((Entries ?? []) as readonly object[]).flatMap((entry, index) =>
    Object.entries(entry).map(([name, value]) => [`${batchEntry(entry)}.${index + 1}.${name}`, String(value)]),
  );
  return { ...rest, ...Object.fromEntries(entries) };
}

const batchEntry = (entry: object): string =>
  'MessageBody' in entry ? 'SendMessageBatchRequestEntry' : 'DeleteMessageBatchRequestEntry';

/** One protocol and one size of batch. */
interface Style {
  readonly what: string;
  readonly wire: Wire;
  readonly size: 1 | 10;
  readonly requests: number;
}

const styles: readonly Style[] = [
  { what: '', wire: json, size: 1, requests: 8_000 },
  { what: ', ten at a time', wire: json, size: 10, requests: 2_000 },
  { what: ', query protocol', wire: query, size: 1, requests: 8_000 },
];

export const benchmark: Benchmark = {
  name: 'SQS',
  async *run() {
    const clouds = [await createdCloud(), await createdCloud(['--durability', 'relaxed'])] as const;
    const peers = await startedPeers([startMoto, startLocalStack, startFauxqs], ({ port }) => createQueue(port));
    try {
      const [ours, relaxed] = clouds.map(oursOf) as [Contender, Contender];
      for (const { port } of [ours, relaxed]) await createQueue(port);
      for (const style of styles) yield* competeIn(style, ours, relaxed, peers);
    } finally {
      for (const cloud of clouds) await cloud.dispose();
      for (const peer of peers) await peer.close();
    }
  },
};

async function* competeIn(style: Style, ours: Contender, relaxed: Contender, peers: readonly Contender[]) {
  const sides = new Map<string, Side>();
  const sideOf = (contender: Contender): Side => {
    const side = sides.get(contender.name) ?? { waiting: 0, received: 0, handles: [] };
    sides.set(contender.name, side);
    return side;
  };
  for (const step of [sending, receiving, deleting]) {
    const contest = {
      what: `${step.what}${style.what}`,
      requests: style.requests,
      run: (contender: Contender, requests: number) => step.run(contender, style, sideOf(contender), requests),
    };
    const bare = await startBareServer(await step.answer(ours, style, sideOf(ours)), contentTypeOf(style));
    try {
      yield await compete(contest, [ours, { ...bare, kind: 'bare' }, ...peers]);
    } finally {
      await bare.close();
    }
    if (step === sending) yield* await compareDurability(contest, ours, relaxed);
  }
}

const contentTypeOf = ({ wire }: Style) => (wire === json ? 'application/x-amz-json-1.0' : 'text/xml');

/** How far a contender has come. A bare server has its side as well: it hands out what we once did. */
interface Side {
  /** Messages that were sent and can be received. */
  waiting: number;
  /** Messages that were received in all. */
  received: number;
  /** Of those that can still be deleted. */
  readonly handles: string[];
}

/** As many requests as there are messages for: each step measures how many of them a contender has the time for. */
function affordable(requests: number, messages: number, { size }: Style): number {
  const most = Math.min(requests, Math.floor(messages / size));
  if (most === 0) throw new Error('there are no messages left');
  return most;
}

interface Step {
  readonly what: string;
  run(contender: Contender, style: Style, side: Side, requests: number): Promise<LoadResult>;
  /** What a bare server shall answer. */
  answer(ours: Contender, style: Style, side: Side): Promise<string>;
}

/** By port, as each server calls it. */
const queueUrls = new Map<number, string>();

const queueUrl = (port: number): string => queueUrls.get(port) ?? `http://127.0.0.1:${port}/000000000000/bench`;

const sendRequest = ({ port }: Contender, { wire, size }: Style): Buffer => {
  const QueueUrl = queueUrl(port);
  if (size === 1) return wire(port, 'SendMessage', { QueueUrl, MessageBody: body });
  const Entries = Array.from({ length: size }, (_, index) => ({ Id: `m${index}`, MessageBody: body }));
  return wire(port, 'SendMessageBatch', { QueueUrl, Entries });
};

const receiveRequest = ({ port }: Contender, { wire, size }: Style): Buffer =>
  wire(port, 'ReceiveMessage', { QueueUrl: queueUrl(port), MaxNumberOfMessages: size, VisibilityTimeout: 3600 });

const deleteRequest = ({ port }: Contender, { wire, size }: Style, handles: readonly string[]): Buffer => {
  const QueueUrl = queueUrl(port);
  if (size === 1) return wire(port, 'DeleteMessage', { QueueUrl, ReceiptHandle: handles[0] });
  const Entries = handles.map((ReceiptHandle, index) => ({ Id: `m${index}`, ReceiptHandle }));
  return wire(port, 'DeleteMessageBatch', { QueueUrl, Entries });
};

const handlesIn = (answer: string): string[] =>
  [...answer.matchAll(/ReceiptHandle"?[:>]\s*"?([^"<]+)/g)].map(([, handle = '']) => handle);

const sending: Step = {
  what: 'SendMessage',
  run(contender, style, side, requests) {
    side.waiting += requests * style.size;
    return load({ ...contender, connections, requests, request: sendRequest(contender, style) });
  },
  answer: (ours, style) => call(ours.port, sendRequest(ours, style)),
};

/** The messages were sent in the step before. A queue may hand out fewer than it is asked for, but not none. */
const receiving: Step = {
  what: 'ReceiveMessage',
  run: (contender, style, side, requests) =>
    load({
      ...contender,
      connections,
      requests: affordable(requests, side.waiting, style),
      request: receiveRequest(contender, style),
      onAnswer(answer) {
        const handles = handlesIn(answer);
        if (handles.length === 0) throw new Error(`${contender.name} handed out nothing`);
        side.waiting -= handles.length;
        side.received += handles.length;
        side.handles.push(...handles);
      },
    }),
  answer: (ours, style) => call(ours.port, receiveRequest(ours, style)),
};

const deleting: Step = {
  what: 'DeleteMessage',
  run(contender, style, side, requests) {
    const eachRound = Math.min(side.handles.length, Math.ceil(side.received / runsInContest));
    const prepared = Array.from({ length: affordable(requests, eachRound, style) }, () =>
      deleteRequest(contender, style, side.handles.splice(-style.size)),
    );
    return load({ ...contender, connections, requests: prepared.length, request: (n) => [prepared[n] as Buffer] });
  },
  async answer(ours, style, side) {
    const handles = side.handles.splice(-style.size);
    return call(ours.port, deleteRequest(ours, style, handles));
  },
};

async function createQueue(port: number): Promise<void> {
  const { QueueUrl } = JSON.parse(await call(port, json(port, 'CreateQueue', { QueueName: 'bench' })));
  queueUrls.set(port, QueueUrl);
}
