// A cloud in memory with DynamoDB, its streams and S3, that answers the official clients over HTTP.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { S3Client } from '@aws-sdk/client-s3';
import { createHttpServer } from '../../aws/http.ts';
import { type Cloud, createCloud } from '../../cloud.ts';
import { createFakeDisks } from '../../drivers/disks/fake-disks.ts';
import type { Drivers } from '../../drivers/drivers.ts';
import { createSimulatedHypervisor } from '../../drivers/hypervisor/simulated-hypervisor.ts';
import { createFakeImages } from '../../drivers/images/fake-images.ts';
import { createMemoryItems } from '../../drivers/items/memory-items.ts';
import { createMemoryMessages } from '../../drivers/messages/memory-messages.ts';
import { createFakeNetwork } from '../../drivers/network/fake-network.ts';
import { createMemoryObjects } from '../../drivers/objects/memory-objects.ts';
import { createFakeWeb } from '../../drivers/web/fake-web.ts';
import { silentLog } from '../../kernel/log.ts';
import { createMemoryKeyValue } from '../../kernel/memory-key-value.ts';
import { seededRandom } from '../../kernel/random.ts';
import { createSimulatedClock, type SimulatedClock } from '../../kernel/simulated-clock.ts';
import { createStore, type Store } from '../../kernel/store.ts';
import { dynamodbstreams } from '../dynamodbstreams/dynamodbstreams.ts';
import { s3 } from '../s3/s3.ts';
import { createDynamodb } from './dynamodb.ts';

export interface TestCloud {
  readonly cloud: Cloud;
  readonly store: Store;
  readonly clock: SimulatedClock;
  dynamodb(region?: string, account?: string): DynamoDBClient;
  streams(region?: string): DynamoDBStreamsClient;
  s3(): S3Client;
  /** Lets time pass, with all that happens on the way. */
  pass(byMs: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startTestCloud({ isThrottled = false } = {}): Promise<TestCloud> {
  const clock = createSimulatedClock(Date.UTC(2026, 10, 21, 9, 0, 0));
  const random = seededRandom(7);
  const store = createStore(createMemoryKeyValue(), clock);
  const drivers: Drivers = {
    network: createFakeNetwork(),
    hypervisor: createSimulatedHypervisor({ clock, random }),
    disks: createFakeDisks(),
    images: createFakeImages(),
    items: createMemoryItems(),
    objects: createMemoryObjects(),
    messages: createMemoryMessages(clock),
    web: createFakeWeb(),
  };
  const cloud = await createCloud({
    store,
    clock,
    random,
    log: silentLog,
    drivers,
    services: [createDynamodb({ isThrottled }), dynamodbstreams, s3],
    auth: 'lenient',
    endpoint: 'http://localhost:4566',
    sweepEveryMs: 0,
  });
  await cloud.start();
  const server: Server = createHttpServer({ gateway: cloud.fetch, log: silentLog });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: { destroy(): void }[] = [];
  const options = (region = 'us-east-1', account = 'test') => ({
    endpoint,
    region,
    maxAttempts: 1,
    credentials: { accessKeyId: account, secretAccessKey: 'test' },
  });
  const opened = <Client extends { destroy(): void }>(client: Client): Client => {
    clients.push(client);
    return client;
  };
  return {
    cloud,
    store,
    clock,
    dynamodb: (region, account) => opened(new DynamoDBClient(options(region, account))),
    streams: (region) => opened(new DynamoDBStreamsClient(options(region))),
    s3: () => opened(new S3Client({ ...options(), forcePathStyle: true })),
    async pass(byMs) {
      const untilMs = clock.now() + byMs;
      clock.after(byMs, () => {});
      await cloud.settle();
      while (clock.step(untilMs)) await cloud.settle();
    },
    async stop() {
      for (const client of clients) client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await cloud.stop();
    },
  };
}
