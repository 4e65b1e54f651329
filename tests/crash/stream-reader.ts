// Reads a table's stream as an application does that remembers how far it has come in each shard.

import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { clientConfiguration } from './load.ts';

export interface StreamChange {
  readonly eventName: string | undefined;
  readonly pk: string | undefined;
  readonly n: string | undefined;
}

export interface StreamReader {
  /** What came since it was last asked. */
  readOn(): Promise<readonly StreamChange[]>;
}

export function createStreamReader(endpoint: string, StreamArn: string): StreamReader {
  const streams = new DynamoDBStreamsClient(clientConfiguration(endpoint));
  const reached = new Map<string, string>();

  async function readShard(ShardId: string): Promise<readonly StreamChange[]> {
    const changes: StreamChange[] = [];
    const SequenceNumber = reached.get(ShardId);
    const from = SequenceNumber
      ? ({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber } as const)
      : ({ ShardIteratorType: 'TRIM_HORIZON' } as const);
    let { ShardIterator } = await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ...from }));
    while (ShardIterator) {
      const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator }));
      if (Records.length === 0) break;
      for (const { eventName, dynamodb } of Records) {
        changes.push({ eventName, pk: dynamodb?.Keys?.['pk']?.S, n: dynamodb?.Keys?.['n']?.N });
        reached.set(ShardId, dynamodb?.SequenceNumber ?? '');
      }
      ShardIterator = NextShardIterator;
    }
    return changes;
  }

  return {
    async readOn() {
      const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
      const changes: StreamChange[] = [];
      for (const { ShardId = '' } of StreamDescription?.Shards ?? []) changes.push(...(await readShard(ShardId)));
      return changes;
    },
  };
}
