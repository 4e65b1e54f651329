// GetShardIterator and GetRecords.

import type { AsyncOperationContext, AsyncOperations } from '../../aws/operation.ts';
import { afterPrefix } from '../../drivers/items/items.ts';
import type { DynamodbstreamsApi, GetShardIteratorInput } from '../../generated/dynamodbstreams.types.ts';
import {
  answer,
  type RawMember,
  rawItem,
  rawList,
  rawStructure,
  rawTimestamp,
  recordKey,
  type StoredRecord,
  type StreamRow,
  sequenceOfKey,
  validationError,
} from '../dynamodb/index.ts';
import { expiredIterator, trimmedAccess } from './dynamodbstreams.errors.ts';
import {
  findStream,
  formatIterator,
  formatSequence,
  parseIterator,
  parseSequence,
  requireLimit,
  requireShard,
  type ShardRange,
  shardRangesOf,
} from './stream-shards.ts';

const iteratorLifetimeMs = 15 * 60_000;
const mostRecords = 1000;
const largestAnswerBytes = 1024 * 1024;

export const recordOperations = {
  async GetShardIterator(ctx, input) {
    const row = ctx.transact((inner) => findStream(inner, input.StreamArn));
    const shard = requireShard(row, input.ShardId, input.StreamArn);
    const after = await startOf(ctx, row, shard, input);
    const { shardId } = shard;
    return { ShardIterator: formatIterator({ streamArn: input.StreamArn, shardId, after, madeAtMs: ctx.nowMs }) };
  },

  async GetRecords(ctx, { ShardIterator, Limit = mostRecords }) {
    requireLimit(Limit, mostRecords);
    const iterator = parseIterator(ShardIterator);
    const row = ctx.transact((inner) => findStream(inner, iterator.streamArn));
    if (iterator.madeAtMs + iteratorLifetimeMs < ctx.nowMs) throw expiredIterator();
    const shards = shardRangesOf(row);
    const shard = shards.find(({ shardId }) => shardId === iterator.shardId);
    if (!shard || iterator.after < horizonOf(row, shard)) throw trimmedAccess();
    const page = await readRecords(ctx, row, shard, iterator.after, Limit);
    return answer({
      Records: rawList(page.records),
      // A closed shard has nothing behind its last record.
      NextShardIterator:
        page.isAll && shard.endSequence !== undefined
          ? undefined
          : formatIterator({ ...iterator, after: page.last, madeAtMs: ctx.nowMs }),
    });
  },
} satisfies AsyncOperations<DynamodbstreamsApi>;

/** Behind which number the first record stands that can still be read. */
function horizonOf({ status }: StreamRow, { firstSequence }: ShardRange): number {
  return Math.max(firstSequence - 1, status.trimmedSequence, 0);
}

interface RecordPage {
  readonly records: readonly RawMember[];
  readonly last: number;
  /** Whether there are no more in the shard for now. */
  readonly isAll: boolean;
}

async function readRecords(
  ctx: AsyncOperationContext,
  row: StreamRow,
  { endSequence }: ShardRange,
  after: number,
  limit: number,
): Promise<RecordPage> {
  const space = Buffer.from(row.spec.space, 'hex');
  const to = endSequence === undefined ? afterPrefix(space) : recordKey(space, endSequence);
  const records: RawMember[] = [];
  let last = after;
  let bytes = 0;
  let isAll = true;
  await ctx.drivers.items.visit({ from: recordKey(space, after + 1), to }, (key, stored) => {
    if (records.length === limit || (records.length > 0 && bytes + stored.length > largestAnswerBytes)) {
      isAll = false;
      return false;
    }
    last = sequenceOfKey(key);
    records.push(describeRecord(ctx, row, last, JSON.parse(stored) as StoredRecord));
    bytes += stored.length;
    return true;
  });
  return { records, last, isAll };
}

/** The number behind which an iterator begins. */
async function startOf(
  ctx: AsyncOperationContext,
  row: StreamRow,
  shard: ShardRange,
  input: GetShardIteratorInput,
): Promise<number> {
  const horizon = horizonOf(row, shard);
  switch (input.ShardIteratorType) {
    case 'TRIM_HORIZON':
      refuseSequence(input);
      return horizon;
    case 'LATEST':
      refuseSequence(input);
      return Math.max(horizon, await latestOf(ctx, row, shard));
    case 'AT_TIMESTAMP':
      throw validationError('ShardIteratorType AT_TIMESTAMP is not supported');
    default: {
      if (input.SequenceNumber === undefined)
        throw validationError(`SequenceNumber must be specified when ShardIteratorType is ${input.ShardIteratorType}`);
      const sequence = parseSequence(input.SequenceNumber);
      const isHere =
        sequence !== undefined &&
        sequence >= shard.firstSequence &&
        sequence < (shard.endSequence ?? Number.POSITIVE_INFINITY);
      if (!isHere) throw validationError(`Invalid SequenceNumber ${input.SequenceNumber}: it is not from this shard`);
      const after = input.ShardIteratorType === 'AT_SEQUENCE_NUMBER' ? sequence - 1 : sequence;
      // What the shard begins with is a number, but no record.
      if (after < horizon && sequence !== shard.firstSequence) throw trimmedAccess();
      return Math.max(after, horizon);
    }
  }
}

function refuseSequence({ SequenceNumber, ShardIteratorType }: GetShardIteratorInput): void {
  if (SequenceNumber !== undefined)
    throw validationError(`SequenceNumber must not be specified when ShardIteratorType is ${ShardIteratorType}`);
}

/** The number of the last record; of a closed shard, the last one that it could have. */
async function latestOf(
  { drivers }: AsyncOperationContext,
  { spec }: StreamRow,
  { endSequence }: ShardRange,
): Promise<number> {
  if (endSequence !== undefined) return endSequence - 1;
  const space = Buffer.from(spec.space, 'hex');
  let sequence = 0;
  await drivers.items.visit({ from: space, to: afterPrefix(space), reverse: true }, (key) => {
    sequence = sequenceOfKey(key);
    return false;
  });
  return sequence;
}

function describeRecord(ctx: AsyncOperationContext, row: StreamRow, sequence: number, record: StoredRecord) {
  const { keys, newImage, oldImage, identity } = record;
  const SequenceNumber = formatSequence(sequence);
  return rawStructure({
    // The same for each reader, as consumers rely on it to tell records apart.
    eventID: `${row.spec.space}${sequence.toString(16).padStart(16, '0')}`,
    eventName: record.name,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: ctx.region,
    dynamodb: rawStructure({
      ApproximateCreationDateTime: rawTimestamp(record.atMs),
      Keys: rawItem(keys),
      NewImage: newImage && rawItem(newImage),
      OldImage: oldImage && rawItem(oldImage),
      SequenceNumber,
      SizeBytes: record.sizeBytes,
      StreamViewType: row.spec.viewType,
    }),
    userIdentity: identity,
  });
}
