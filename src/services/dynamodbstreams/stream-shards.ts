// A stream's one shard, its sequence numbers and its iterators. Sequence numbers are the engine's numbers of changes,
// shown as AWS's: 21 digits, so that they sort as text too.

import { parseArn } from '../../aws/arn.ts';
import type { OperationContext } from '../../aws/operation.ts';
import { type StreamRow, streams } from '../dynamodb/index.ts';
import { invalidIterator, streamNotFound } from './dynamodbstreams.errors.ts';

const firstSequence = 100_000_000_000_000_000_000n;

export function formatSequence(sequence: number): string {
  return String(firstSequence + BigInt(sequence));
}

/** Undefined for what is no sequence number of ours. */
export function parseSequence(text: string): number | undefined {
  if (!/^\d{21,40}$/.test(text)) return undefined;
  const sequence = BigInt(text) - firstSequence;
  return sequence >= 0n && sequence <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(sequence) : undefined;
}

/** Made of when the stream began and where it is kept. */
export function shardIdOf({ createdAtMs, spec }: StreamRow): string {
  return `shardId-${String(createdAtMs).padStart(20, '0')}-${spec.space.slice(0, 8)}`;
}

export function findStream(ctx: OperationContext, streamArn: string): StreamRow {
  const arn = parseArn(streamArn);
  const [, tableName, label] = /^table\/([^/]+)\/stream\/(.+)$/.exec(arn?.resource ?? '') ?? [];
  const isHere = arn?.account === ctx.account && arn.region === ctx.region;
  const row = isHere && tableName && label ? ctx.table(streams).get(`${tableName}/${label}`) : undefined;
  if (!row) throw streamNotFound(streamArn);
  return row;
}

export interface Iterator {
  readonly streamArn: string;
  /** The number to go on behind. */
  readonly after: number;
  readonly madeAtMs: number;
}

export function formatIterator({ streamArn, after, madeAtMs }: Iterator): string {
  const place = Buffer.from(JSON.stringify({ after, madeAtMs })).toString('base64');
  return `${streamArn}|1|${place}`;
}

export function parseIterator(text: string): Iterator {
  const [streamArn = '', version, place = ''] = text.split('|');
  if (version !== '1') throw invalidIterator();
  try {
    const { after, madeAtMs } = JSON.parse(Buffer.from(place, 'base64').toString()) as Partial<Iterator>;
    if (!Number.isSafeInteger(after) || !Number.isSafeInteger(madeAtMs)) throw invalidIterator();
    return { streamArn, after: after as number, madeAtMs: madeAtMs as number };
  } catch {
    throw invalidIterator();
  }
}
