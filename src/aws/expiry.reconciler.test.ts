import { beforeEach, expect, test } from 'vitest';
import { createMemoryKeyValue } from '../kernel/memory-key-value.ts';
import type { Reconciler } from '../kernel/reconciler.ts';
import { createStore, type Store } from '../kernel/store.ts';
import { type CredentialSpec, credentials } from './credentials.table.ts';
import { createExpiryReconciler } from './expiry.reconciler.ts';
import { idempotencyTokens } from './idempotency.ts';
import { rootPrincipal } from './principal.ts';

const hourMs = 3600_000;
const dayMs = 24 * hourMs;
const account = '000000000000';

let nowMs: number;
let store: Store;
let reconciler: Reconciler;

beforeEach(() => {
  nowMs = 1_700_000_000_000;
  const clock = { now: () => nowMs, monotonicMs: () => nowMs, after: noTimers, sleep: noTimers };
  store = createStore(createMemoryKeyValue(), clock);
  reconciler = createExpiryReconciler({ store, clock });
});

function noTimers(): never {
  throw new Error('the runner has the timers');
}

function remember(id: string, region: string, expiresAtMs: number): void {
  store.changeSpecs((transaction) =>
    transaction.table(idempotencyTokens, { account, region }).insert(id, { requestHash: '', result: [], expiresAtMs }),
  );
}

function handOut(id: string, more: Partial<CredentialSpec>): void {
  const principal = rootPrincipal(account);
  store.changeSpecs((transaction) =>
    transaction
      .table(credentials, { account, region: '' })
      .insert(id, { secretAccessKey: '', principal, status: 'Active', ...more }),
  );
}

const left = () => [...store.listAll(idempotencyTokens), ...store.listAll(credentials)].map(({ id }) => id);

test('client tokens go when their time is over, in whichever region they are', async () => {
  remember('token-1', 'us-east-1', nowMs + hourMs);
  remember('token-1', 'eu-west-1', nowMs + 2 * hourMs);
  nowMs += hourMs - 1;
  await reconciler.reconcile('aws.idempotencyTokens');
  expect(left()).toHaveLength(2);
  nowMs += 1;
  expect(await reconciler.reconcile('aws.idempotencyTokens')).toBe(600_000);
  expect([...store.listAll(idempotencyTokens)]).toMatchObject([{ region: 'eu-west-1' }]);
});

test('sessions go a week after they expired; keys without an end stay', async () => {
  handOut('ASIA', { sessionToken: 'x', expiresAtMs: nowMs + hourMs });
  handOut('AKIA', {});
  nowMs += hourMs + 7 * dayMs - 1;
  await reconciler.reconcile('aws.credentials');
  expect(left().sort()).toEqual(['AKIA', 'ASIA']);
  nowMs += 1;
  await reconciler.reconcile('aws.credentials');
  expect(left()).toEqual(['AKIA']);
});

test('very many go in several steps', async () => {
  for (let i = 0; i < 501; i++) remember(`token-${i}`, 'us-east-1', nowMs);
  expect(await reconciler.reconcile('aws.idempotencyTokens')).toBe(0);
  expect(left()).toHaveLength(1);
  expect(await reconciler.reconcile('aws.idempotencyTokens')).toBe(600_000);
  expect(left()).toEqual([]);
});

test('its keys are all of its tables', async () => {
  expect([...(await reconciler.keys())]).toEqual(['aws.credentials', 'aws.idempotencyTokens']);
});
