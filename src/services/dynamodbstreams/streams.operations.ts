// ListStreams and DescribeStream.

import type { Operations } from '../../aws/operation.ts';
import type {
  DynamodbstreamsApi,
  Shard,
  ShardFilter,
  StreamDescription,
} from '../../generated/dynamodbstreams.types.ts';
import { type StreamRow, streamArn, streams, validationError } from '../dynamodb/index.ts';
import { findStream, formatSequence, requireLimit, type ShardRange, shardRangesOf } from './stream-shards.ts';

const streamsPage = 100;
const shardsPage = 100;

const arnOf = (row: StreamRow): string => streamArn(row, row.spec.tableName, row.spec.label);

export const streamOperations = {
  ListStreams(ctx, { TableName, Limit = streamsPage, ExclusiveStartStreamArn }) {
    requireLimit(Limit, streamsPage);
    const after = ExclusiveStartStreamArn === undefined ? undefined : findStream(ctx, ExclusiveStartStreamArn).id;
    const found: StreamRow[] = [];
    for (const row of ctx.table(streams).list(after)) {
      if (TableName !== undefined && row.spec.tableName !== TableName) continue;
      found.push(row);
      if (found.length > Limit) break;
    }
    const page = found.slice(0, Limit);
    return {
      Streams: page.map((row) => ({
        StreamArn: arnOf(row),
        TableName: row.spec.tableName,
        StreamLabel: row.spec.label,
      })),
      ...(found.length > Limit && { LastEvaluatedStreamArn: arnOf(page.at(-1) as StreamRow) }),
    };
  },

  DescribeStream(ctx, { StreamArn, Limit = shardsPage, ExclusiveStartShardId, ShardFilter }) {
    requireLimit(Limit, shardsPage);
    const row = findStream(ctx, StreamArn);
    const { spec } = row;
    const shards = chosenShards(row, ShardFilter).filter(
      // Ids begin with the time, so their order is that of the shards.
      ({ shardId }) => ExclusiveStartShardId === undefined || shardId > ExclusiveStartShardId,
    );
    const page = shards.slice(0, Limit);
    const description: StreamDescription = {
      StreamArn: arnOf(row),
      StreamLabel: spec.label,
      StreamStatus: spec.endedAtMs === undefined ? 'ENABLED' : 'DISABLED',
      StreamViewType: spec.viewType,
      CreationRequestDateTime: row.createdAtMs,
      TableName: spec.tableName,
      KeySchema: spec.keySchema,
      Shards: page.map(describeShard),
      ...(shards.length > page.length && { LastEvaluatedShardId: page.at(-1)?.shardId }),
    };
    return { StreamDescription: description };
  },
} satisfies Operations<DynamodbstreamsApi>;

function chosenShards(row: StreamRow, filter: ShardFilter | undefined): readonly ShardRange[] {
  const shards = shardRangesOf(row);
  if (!filter) return shards;
  if (filter.Type === undefined) throw validationError('ShardFilter must have a Type');
  if (filter.ShardId === undefined) throw validationError('ShardFilter of type CHILD_SHARDS must have a ShardId');
  return shards.filter(({ parentShardId }) => parentShardId === filter.ShardId);
}

function describeShard({ shardId, parentShardId, firstSequence, endSequence }: ShardRange): Shard {
  return {
    ShardId: shardId,
    SequenceNumberRange: {
      StartingSequenceNumber: formatSequence(firstSequence),
      ...(endSequence !== undefined && { EndingSequenceNumber: formatSequence(endSequence - 1) }),
    },
    ...(parentShardId !== undefined && { ParentShardId: parentShardId }),
  };
}
