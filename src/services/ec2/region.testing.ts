// One account's region in memory, for the tests of operations: each call is a transaction of its own, as a request is.

import { noPolicies } from '../../aws/authorize.ts';
import type { OperationContext } from '../../aws/operation.ts';
import { type ContextSurroundings, TransactionContext } from '../../aws/operation-context.ts';
import { rootPrincipal } from '../../aws/principal.ts';
import { silentLog } from '../../kernel/log.ts';
import { createMemoryKeyValue } from '../../kernel/memory-key-value.ts';
import { seededRandom } from '../../kernel/random.ts';
import { createStore, type Store } from '../../kernel/store.ts';

export interface TestRegion {
  readonly store: Store;
  /** Runs an operation, or several as one transaction. An exception rolls everything back. */
  call<T>(run: (ctx: OperationContext) => T): T;
  /** The same store, seen from another account or region. */
  elsewhere(scope: { readonly account?: string; readonly region?: string }): TestRegion;
}

export interface TestRegionOptions {
  /** What a service makes in a new account and region. */
  readonly openScope?: (ctx: OperationContext) => void;
  readonly account?: string;
  readonly region?: string;
  /** null for a host without a network. */
  readonly publicPool?: string | null;
  readonly store?: Store;
  readonly seed?: number;
}

export function createTestRegion(options: TestRegionOptions = {}): TestRegion {
  const { account = '000000000000', region = 'us-east-1', publicPool = '198.18.4.0/22', seed = 1 } = options;
  const store =
    options.store ?? createStore(createMemoryKeyValue({ readsCopies: true }), { now: () => 1_795_251_600_000 });
  const random = seededRandom(seed);
  const request = {
    account,
    region,
    requestId: '00000000-0000-4000-8000-000000000000',
    principal: rootPrincipal(account),
    policies: noPolicies,
    accesses: [],
    nowMs: 1_795_251_600_000,
    random,
    log: silentLog,
    endpoint: 'http://localhost:4566',
    host: { capabilities: {}, ...(publicPool !== null && { publicPool }) },
  };
  const surroundings: ContextSurroundings = {
    store,
    isBuilt: () => false,
    client: () => {
      throw new Error('no other service is here');
    },
  };
  const call = <T>(run: (ctx: OperationContext) => T): T =>
    store.changeSpecs((transaction) => run(new TransactionContext(request, transaction, surroundings)));
  if (options.openScope) call(options.openScope);
  return {
    store,
    call,
    elsewhere: (scope) => createTestRegion({ ...options, ...scope, store, seed: seed + 1 }),
  };
}

/** The code and the words of the error that `run` is refused with. */
export function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return `${error.name}: ${error.message}`;
    throw error;
  }
  throw new Error('no error was thrown');
}
