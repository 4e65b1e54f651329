// Services in memory, called as a request would be but without HTTP: validated, in transactions of their own.

import type { Drivers } from '../drivers/drivers.ts';
import type { ServiceApis } from '../generated/apis.ts';
import type { ServiceId } from '../generated/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { silentLog } from '../kernel/log.ts';
import { createMemoryKeyValue } from '../kernel/memory-key-value.ts';
import { seededRandom } from '../kernel/random.ts';
import { createStore, type Store } from '../kernel/store.ts';
import { createAuthorizer, noPolicies } from './authorize.ts';
import type { HostFacts } from './host.ts';
import { createInvoker, type Invoker } from './invoke.ts';
import type { AsyncClient } from './operation.ts';
import { rootPrincipal } from './principal.ts';
import type { Service } from './service.ts';

export interface TestClients {
  readonly store: Store;
  client<Id extends ServiceId>(id: Id, region?: string, account?: string): AsyncClient<ServiceApis[Id]>;
  /** Lets the clock run ahead. */
  advance(byMs: number): void;
}

export const testStartMs = Date.UTC(2026, 10, 21, 9, 0, 0);

export function createTestClients(services: readonly Service[], host: HostFacts = { capabilities: {} }): TestClients {
  let nowMs = testStartMs;
  const clock = { now: () => nowMs, monotonicMs: () => nowMs, after: noTimers, sleep: noTimers };
  const store = createStore(createMemoryKeyValue({ readsCopies: true }), clock);
  const invoker = createTestInvoker(services, { store, clock, host });
  return {
    store,
    client: (id, region = 'us-east-1', account = '000000000000') =>
      invoker.client(id, { account, region }, rootPrincipal(account)),
    advance: (byMs) => {
      nowMs += byMs;
    },
  };
}

/** On a store that is there already. Nobody's policies are asked. */
export function createTestInvoker(
  services: readonly Service[],
  { store, clock, host }: { readonly store: Store; readonly clock: Clock; readonly host: HostFacts },
): Invoker {
  const random = seededRandom(1);
  const identities = { policiesOf: () => noPolicies, recordUse: () => undefined };
  return createInvoker({
    store,
    clock,
    random,
    authorizer: createAuthorizer({ store, random, auth: 'lenient', identities }),
    log: silentLog,
    host,
    drivers: noDrivers,
    services: new Map(services.map((service) => [service.id, service])),
    endpoint: 'http://localhost:4566',
  });
}

const noDrivers = new Proxy({} as Drivers, {
  get() {
    throw new Error('these services have no world');
  },
});

function noTimers(): never {
  throw new Error('operations set no timers');
}
