// GetShardIterator and GetRecords.

import type { AsyncOperationContext, AsyncOperations } from '../../aws/operation.ts';
import { afterPrefix } from '../../drivers/items/items.ts';
import type { DynamodbstreamsApi, GetShardIteratorInput } from '../../generated/dynamodbstreams.types.ts';
import {
  answer,
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
import { expiredIterator, shardNotFound, trimmedAccess } from './dynamodbstreams.errors.ts';
import {
  findStream,
  formatIterator,
  formatSequence,
  parseIterator,
  parseSequence,
  shardIdOf,
} from './stream-shards.ts';

const iteratorLifetimeMs = 15 * 60_000;
const mostRecords = 1000;
const largestAnswerBytes = 1024 * 1024;

export const recordOperations = {
  async GetShardIterator(ctx, input) {
    const row = ctx.transact((inner) => findStream(inner, input.StreamArn));
    if (input.ShardId !== shardIdOf(row)) throw shardNotFound(input.ShardId, input.StreamArn);
    const after = await startOf(ctx, row, input);
    return { ShardIterator: formatIterator({ streamArn: input.StreamArn, after, madeAtMs: ctx.nowMs }) };
  },

  async GetRecords(ctx, { ShardIterator, Limit = mostRecords }) {
    const iterator = parseIterator(ShardIterator);
    const row = ctx.transact((inner) => findStream(inner, iterator.streamArn));
    if (iterator.madeAtMs + iteratorLifetimeMs < ctx.nowMs) throw expiredIterator();
    const space = Buffer.from(row.spec.space, 'hex');
    const records: ReturnType<typeof rawStructure>[] = [];
    let last = iterator.after;
    let bytes = 0;
    await ctx.drivers.items.visit({ from: recordKey(space, last + 1), to: afterPrefix(space) }, (key, stored) => {
      last = sequenceOfKey(key);
      records.push(describeRecord(ctx, row, last, JSON.parse(stored) as StoredRecord));
      bytes += stored.length;
      return records.length < Math.min(Limit, mostRecords) && bytes < largestAnswerBytes;
    });
    // A stream that ended has nothing behind its last record.
    const isOver = row.spec.endedAtMs !== undefined && records.length === 0;
    return answer({
      Records: rawList(records),
      NextShardIterator: isOver
        ? undefined
        : formatIterator({ streamArn: iterator.streamArn, after: last, madeAtMs: ctx.nowMs }),
    });
  },
} satisfies AsyncOperations<DynamodbstreamsApi>;

/** The number behind which an iterator begins. */
async function startOf(ctx: AsyncOperationContext, row: StreamRow, input: GetShardIteratorInput): Promise<number> {
  const space = Buffer.from(row.spec.space, 'hex');
  switch (input.ShardIteratorType) {
    case 'TRIM_HORIZON':
      return 0;
    case 'LATEST':
      return edgeOf(ctx, space, true);
    case 'AT_TIMESTAMP':
      throw validationError('ShardIteratorType AT_TIMESTAMP is not supported');
    default: {
      if (input.SequenceNumber === undefined)
        throw validationError(`SequenceNumber must be specified when ShardIteratorType is ${input.ShardIteratorType}`);
      const sequence = parseSequence(input.SequenceNumber);
      if (sequence === undefined)
        throw validationError(`Invalid SequenceNumber ${input.SequenceNumber}: it is not from this shard`);
      const oldest = await edgeOf(ctx, space, false);
      if (sequence > 0 && sequence < oldest) throw trimmedAccess();
      return input.ShardIteratorType === 'AT_SEQUENCE_NUMBER' ? Math.max(0, sequence - 1) : sequence;
    }
  }
}

/** The number of the first or the last record; 0 when there is none. */
async function edgeOf({ drivers }: AsyncOperationContext, space: Buffer, reverse: boolean): Promise<number> {
  let sequence = 0;
  await drivers.items.visit({ from: space, to: afterPrefix(space), reverse }, (key) => {
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
