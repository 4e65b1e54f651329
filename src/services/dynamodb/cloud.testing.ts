// A cloud in memory with DynamoDB, its streams and S3, and the official clients for it.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { S3Client } from '@aws-sdk/client-s3';
import { type ServedCloud, serveCloud } from '../../cloud.testing.ts';
import { createSimulatedClock, type SimulatedClock } from '../../kernel/simulated-clock.ts';
import { dynamodbstreams } from '../dynamodbstreams/dynamodbstreams.ts';
import { s3 } from '../s3/s3.ts';
import { createDynamodb } from './dynamodb.ts';

export interface TestCloud extends ServedCloud {
  readonly clock: SimulatedClock;
  dynamodb(region?: string, account?: string): DynamoDBClient;
  streams(region?: string): DynamoDBStreamsClient;
  s3(): S3Client;
  /** Lets time pass, with all that happens on the way. */
  pass(byMs: number): Promise<void>;
}

export async function startTestCloud({ isThrottled = false } = {}): Promise<TestCloud> {
  const clock = createSimulatedClock(Date.UTC(2026, 10, 21, 9, 0, 0));
  const served = await serveCloud({ services: [createDynamodb({ isThrottled }), dynamodbstreams, s3], clock });
  const { cloud, keep, clientOptions } = served;
  return {
    ...served,
    clock,
    dynamodb: (region, account) => keep(new DynamoDBClient(clientOptions(account, region))),
    streams: (region) => keep(new DynamoDBStreamsClient(clientOptions(undefined, region))),
    s3: () => keep(new S3Client({ ...clientOptions(), forcePathStyle: true })),
    async pass(byMs) {
      const untilMs = clock.now() + byMs;
      clock.after(byMs, () => {});
      await cloud.settle();
      while (clock.step(untilMs)) await cloud.settle();
    },
  };
}
