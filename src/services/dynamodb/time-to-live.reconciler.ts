// Deletes items whose time has come, in the service's name, and forgets transaction tokens. Both are lists in the engine
// that are looked at every so often; AWS takes hours where this takes seconds.

import type { World } from '../../aws/service.ts';
import type { Items } from '../../drivers/items/items.ts';
import { afterPrefix } from '../../drivers/items/items.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { deleteExpired } from './expired-items.ts';
import { layoutOf } from './table-layout.ts';
import { tables } from './tables.table.ts';
import { readToken, tokenLifetimeMs, tokenSpace } from './transaction-tokens.ts';

const lookEveryMs = 5_000;
const tokensKey = 'tokens';

export function createTimeToLiveReconciler({ store, clock, drivers }: World): Reconciler {
  const { items } = drivers;
  return {
    name: 'dynamodb.timeToLive',
    keys: () => [
      tokensKey,
      ...[...store.listAll(tables)]
        .filter(({ spec }) => spec.timeToLive)
        .map(({ account, region, id }) => `${account}/${region}/${id}`),
    ],
    wakes: ({ table, key, after }) =>
      table === tables.name && after ? [`${key.account}/${key.region}/${key.id}`] : [],
    async reconcile(key) {
      if (key === tokensKey) {
        await forgetTokens(items, clock.now());
        return tokenLifetimeMs;
      }
      const [account = '', region = '', id = ''] = key.split('/');
      const row = store.read(tables, { account, region }).get(id);
      if (!row?.spec.timeToLive || row.spec.isDeleting) return undefined;
      // Who has just switched it on, and puts what has expired to see it go, is not to be raced.
      const waitMs = row.spec.timeToLive.changedAtMs + lookEveryMs - clock.now();
      if (waitMs > 0) return waitMs;
      await deleteExpired(items, layoutOf(row), clock.now());
      return lookEveryMs;
    },
  };
}

async function forgetTokens(items: Items, nowMs: number): Promise<void> {
  const prefix = Buffer.from(tokenSpace, 'hex');
  const range = { from: prefix, to: afterPrefix(prefix) };
  let after: Buffer | undefined;
  for (;;) {
    const old: Buffer[] = [];
    let seen = 0;
    await items.visit({ ...range, after }, (key, stored) => {
      seen += 1;
      after = Buffer.from(key);
      if (readToken(stored).atMs + tokenLifetimeMs <= nowMs) old.push(after);
      return seen < 1000;
    });
    if (seen === 0) return;
    await items.change({ reads: [], decide: () => ({ writes: old.map((key) => ({ key })), result: undefined }) });
  }
}
