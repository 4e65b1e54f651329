// A cloud of queues and topics in memory that answers over HTTP, with the official clients for it, and a clock that can
// be put forward: what falls due by that happens at once.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SNS } from '@aws-sdk/client-sns';
import { SQS, type SQSClientConfig } from '@aws-sdk/client-sqs';
import type { AuthMode } from '../../aws/authenticate.ts';
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
import type { Web } from '../../drivers/web/web.ts';
import { type Clock, systemClock, type Timer } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import { createMemoryKeyValue } from '../../kernel/memory-key-value.ts';
import { seededRandom } from '../../kernel/random.ts';
import { createStore, type Store } from '../../kernel/store.ts';

export interface MessagingCloud {
  readonly cloud: Cloud;
  readonly store: Store;
  readonly drivers: Drivers;
  readonly endpoint: string;
  sqs(account?: string, options?: SQSClientConfig): SQS;
  sns(account?: string, region?: string): SNS;
  /** Puts the clock forward; timers that are due by then fire in their order. */
  advance(byMs: number): void;
  stop(): Promise<void>;
}

export async function startMessagingCloud(
  services: readonly Service[],
  web: Web = createFakeWeb(),
  auth: AuthMode = 'lenient',
): Promise<MessagingCloud> {
  const clock = createForwardClock();
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
    web,
  };
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
  const keep = <T extends { destroy(): void }>(client: T): T => {
    clients.push(client);
    return client;
  };
  const common = (account: string, region: string) => ({
    endpoint,
    region,
    maxAttempts: 1,
    credentials: { accessKeyId: account, secretAccessKey: 'test' },
  });
  return {
    cloud,
    store,
    drivers,
    endpoint,
    sqs: (account = 'test', options = {}) => keep(new SQS({ ...common(account, 'us-east-1'), ...options })),
    sns: (account = 'test', region = 'us-east-1') => keep(new SNS(common(account, region))),
    advance: clock.advance,
    async stop() {
      for (const client of clients) client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await cloud.stop();
    },
  };
}

interface Pending {
  readonly dueMs: number;
  readonly run: () => void;
  timer: Timer;
}

/** Goes as the machine's does, and can be put forward. */
function createForwardClock(): Clock & { advance(byMs: number): void } {
  let aheadMs = 0;
  const now = () => systemClock.now() + aheadMs;
  const pending = new Set<Pending>();
  const arm = (entry: Pick<Pending, 'dueMs'>, fire: () => void) => systemClock.after(entry.dueMs - now(), fire);
  const fireOf = (entry: Pending) => () => {
    pending.delete(entry);
    entry.run();
  };
  const after = (delayMs: number, run: () => void): Timer => {
    const entry = { dueMs: now() + Math.max(0, delayMs), run } as Pending;
    entry.timer = arm(entry, fireOf(entry));
    pending.add(entry);
    return {
      cancel() {
        entry.timer.cancel();
        pending.delete(entry);
      },
    };
  };
  return {
    now,
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    after,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        const timer = after(delayMs, resolve);
        signal?.addEventListener('abort', () => {
          timer.cancel();
          reject(signal.reason);
        });
      }),
    advance(byMs) {
      aheadMs += byMs;
      const due = [...pending].sort((a, b) => a.dueMs - b.dueMs);
      for (const entry of due) {
        entry.timer.cancel();
        if (entry.dueMs > now()) entry.timer = arm(entry, fireOf(entry));
        else if (pending.has(entry)) fireOf(entry)();
      }
    },
  };
}
