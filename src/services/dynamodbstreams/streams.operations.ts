// ListStreams and DescribeStream.

import type { Operations } from '../../aws/operation.ts';
import type { DynamodbstreamsApi, StreamDescription } from '../../generated/dynamodbstreams.types.ts';
import { type StreamRow, streamArn, streams } from '../dynamodb/index.ts';
import { findStream, formatSequence, shardIdOf } from './stream-shards.ts';

const streamsPage = 100;

const arnOf = (row: StreamRow): string => streamArn(row, row.spec.tableName, row.spec.label);

export const streamOperations = {
  ListStreams(ctx, { TableName, Limit = streamsPage, ExclusiveStartStreamArn }) {
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

  DescribeStream(ctx, { StreamArn, ExclusiveStartShardId }) {
    const row = findStream(ctx, StreamArn);
    const { spec } = row;
    const shardId = shardIdOf(row);
    const shard = {
      ShardId: shardId,
      SequenceNumberRange: {
        StartingSequenceNumber: formatSequence(0),
        ...(spec.endedAtMs !== undefined && { EndingSequenceNumber: formatSequence(Number.MAX_SAFE_INTEGER) }),
      },
    };
    const description: StreamDescription = {
      StreamArn: arnOf(row),
      StreamLabel: spec.label,
      StreamStatus: spec.endedAtMs === undefined ? 'ENABLED' : 'DISABLED',
      StreamViewType: spec.viewType,
      CreationRequestDateTime: row.createdAtMs,
      TableName: spec.tableName,
      KeySchema: spec.keySchema,
      Shards: ExclusiveStartShardId === shardId ? [] : [shard],
    };
    return { StreamDescription: description };
  },
} satisfies Operations<DynamodbstreamsApi>;
