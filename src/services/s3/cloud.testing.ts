// A cloud in memory that answers over HTTP, and the official client of S3 for it.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { createHttpServer } from '../../aws/http.ts';
import type { Service } from '../../aws/service.ts';
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
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import { createMemoryKeyValue } from '../../kernel/memory-key-value.ts';
import { seededRandom } from '../../kernel/random.ts';
import { createStore, type Store } from '../../kernel/store.ts';

export interface TestCloud {
  readonly cloud: Cloud;
  readonly store: Store;
  readonly drivers: Drivers;
  readonly endpoint: string;
  client(account?: string, region?: string): S3Client;
  /** Of the wall clock. */
  now(): number;
  /** Lets the wall clock jump ahead. */
  advance(byMs: number): void;
  stop(): Promise<void>;
}

/** With drivers in memory, but for those that are given. */
export async function startTestCloud(services: readonly Service[], given: Partial<Drivers> = {}): Promise<TestCloud> {
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
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
    ...given,
  };
  const cloud = await createCloud({
    store,
    clock,
    random,
    log: silentLog,
    drivers,
    services,
    auth: 'strict',
    endpoint: 'http://localhost:4566',
    sweepEveryMs: 0,
  });
  await cloud.start();
  const server: Server = createHttpServer({ gateway: cloud.fetch, log: silentLog });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: S3Client[] = [];
  return {
    cloud,
    store,
    drivers,
    endpoint,
    client(account = 'test', region = 'us-east-1') {
      const client = new S3Client({
        endpoint,
        region,
        forcePathStyle: true,
        maxAttempts: 1,
        credentials: { accessKeyId: account, secretAccessKey: 'test' },
      });
      clients.push(client);
      return client;
    },
    now: () => clock.now(),
    advance(byMs) {
      aheadMs += byMs;
    },
    async stop() {
      for (const client of clients) client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await cloud.stop();
    },
  };
}
