// A cloud in memory that answers over HTTP, for tests that speak to it with the official clients. What a test wants to be
// different it gives: the clock, or a driver.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AuthMode } from './aws/authenticate.ts';
import { createHttpServer } from './aws/http/http-server.ts';
import type { Service } from './aws/service.ts';
import { type Cloud, createCloud } from './cloud.ts';
import type { Drivers } from './drivers/drivers.ts';
import { createMemoryDrivers } from './drivers/memory-drivers.testing.ts';
import type { Clock } from './kernel/clock.ts';
import type { KeyValue } from './kernel/key-value.ts';
import { silentLog } from './kernel/log.ts';
import { createMemoryKeyValue } from './kernel/memory-key-value.ts';
import { type Random, seededRandom } from './kernel/random.ts';
import { createStore, type Store } from './kernel/store.ts';

export interface ServedCloud {
  readonly cloud: Cloud;
  readonly store: Store;
  readonly drivers: Drivers;
  readonly endpoint: string;
  /** What every client of it is made with; by default for the root of the default account. */
  clientOptions(account?: string, region?: string): ClientOptions;
  /** Closes the client with the cloud. */
  keep<Client extends { destroy(): void }>(client: Client): Client;
  stop(): Promise<void>;
}

export interface ClientOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly maxAttempts: number;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface ServedCloudOptions {
  readonly services: readonly Service[];
  readonly clock: Clock;
  readonly auth?: AuthMode;
  /** Instead of those in memory. */
  readonly drivers?: Partial<Drivers>;
  /** What an earlier cloud left; then chance must not be as it was for that one. */
  readonly keyValue?: KeyValue;
  readonly random?: Random;
}

export async function serveCloud(options: ServedCloudOptions): Promise<ServedCloud> {
  const { services, clock, auth = 'lenient', keyValue = createMemoryKeyValue(), random = seededRandom(7) } = options;
  const store = createStore(keyValue, clock);
  const drivers: Drivers = { ...createMemoryDrivers(clock, random), ...options.drivers };
  const cloud = await createCloud({
    store,
    clock,
    random,
    log: silentLog,
    drivers,
    services,
    auth,
    endpoint: 'http://localhost:4566',
    sweepEveryMs: 0,
  });
  await cloud.start();
  const server: Server = createHttpServer({ gateway: cloud.fetch, log: silentLog });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: { destroy(): void }[] = [];
  return {
    cloud,
    store,
    drivers,
    endpoint,
    clientOptions: (account = 'test', region = 'us-east-1') => ({
      endpoint,
      region,
      maxAttempts: 1,
      credentials: { accessKeyId: account, secretAccessKey: 'test' },
    }),
    keep(client) {
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of clients) client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await cloud.stop();
    },
  };
}
