// A stream's shards, its sequence numbers and its iterators. Sequence numbers are the engine's numbers of changes,
// shown as AWS's: 21 digits, so that they sort as text too.

import { parseArn } from '../../aws/arn.ts';
import type { OperationContext } from '../../aws/operation.ts';
import { type StreamRow, shardsOf, streams, validationError } from '../dynamodb/index.ts';
import { invalidIterator, invalidStreamArn, shardNotFound, streamNotFound } from './dynamodbstreams.errors.ts';

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

/** A stretch of a stream's records. */
export interface ShardRange {
  readonly shardId: string;
  readonly parentShardId: string | undefined;
  readonly firstSequence: number;
  /** Behind its last record; absent while it is open. */
  readonly endSequence: number | undefined;
}

/** The oldest first; each is the parent of the next. */
export function shardRangesOf(row: StreamRow): readonly ShardRange[] {
  const shards = shardsOf(row);
  return shards.map(({ startedAtMs, firstSequence, parentStartedAtMs }, index) => ({
    shardId: shardIdOf(row, startedAtMs),
    parentShardId: parentStartedAtMs === undefined ? undefined : shardIdOf(row, parentStartedAtMs),
    firstSequence,
    endSequence: shards[index + 1]?.firstSequence ?? row.status.endSequence,
  }));
}

/** Made of when it began and where the stream is kept. */
function shardIdOf({ spec }: StreamRow, startedAtMs: number): string {
  return `shardId-${String(startedAtMs).padStart(20, '0')}-${spec.space.slice(0, 8)}`;
}

export function requireShard(row: StreamRow, shardId: string, streamArn: string): ShardRange {
  const shard = shardRangesOf(row).find((candidate) => candidate.shardId === shardId);
  if (!shard) throw shardNotFound(shardId, streamArn);
  return shard;
}

export function findStream(ctx: OperationContext, streamArn: string): StreamRow {
  const arn = parseArn(streamArn);
  const [, tableName, label] = /^table\/([^/]+)\/stream\/(.+)$/.exec(arn?.resource ?? '') ?? [];
  if (!tableName || !label) throw invalidStreamArn(streamArn);
  const isHere = arn?.account === ctx.account && arn.region === ctx.region;
  const row = isHere ? ctx.table(streams).get(`${tableName}/${label}`) : undefined;
  if (!row) throw streamNotFound(streamArn);
  return row;
}

/** The model has no upper bounds. */
export function requireLimit(limit: number, most: number): void {
  if (limit > most)
    throw validationError(
      `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to ${most}`,
    );
}

export interface Iterator {
  readonly streamArn: string;
  readonly shardId: string;
  /** The number to go on behind. */
  readonly after: number;
  readonly madeAtMs: number;
}

export function formatIterator({ streamArn, ...rest }: Iterator): string {
  const place = Buffer.from(JSON.stringify(rest)).toString('base64');
  return `${streamArn}|1|${place}`;
}

export function parseIterator(text: string): Iterator {
  const [streamArn = '', version, place = ''] = text.split('|');
  if (version !== '1') throw invalidIterator();
  try {
    const { shardId, after, madeAtMs } = JSON.parse(Buffer.from(place, 'base64').toString()) as Partial<Iterator>;
    if (typeof shardId !== 'string' || !Number.isSafeInteger(after) || !Number.isSafeInteger(madeAtMs))
      throw invalidIterator();
    return { streamArn, shardId, after: after as number, madeAtMs: madeAtMs as number };
  } catch {
    throw invalidIterator();
  }
}
