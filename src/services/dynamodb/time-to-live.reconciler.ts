// Deletes items whose time has come, in the service's name, and forgets transaction tokens. Both are lists in the engine
// that are looked at every so often; AWS takes hours where this takes seconds.

import type { World } from '../../aws/service.ts';
import type { Items } from '../../drivers/items/items.ts';
import { afterPrefix } from '../../drivers/items/items.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { readFound, writesOf } from './item-writes.ts';
import { timeToLiveIdentity } from './stream-records.ts';
import { layoutOf, type TableLayout } from './table-layout.ts';
import { tables } from './tables.table.ts';
import { dueSeconds, expiryBound, isExpired } from './time-to-live.ts';
import { readToken, tokenLifetimeMs, tokenSpace } from './transaction-tokens.ts';

const lookEveryMs = 5_000;
const deletedAtOnce = 200;
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
      await deleteExpired(items, layoutOf(row), clock.now());
      return lookEveryMs;
    },
  };
}

async function deleteExpired(items: Items, layout: TableLayout, nowMs: number): Promise<void> {
  const { timeToLive } = layout;
  if (!timeToLive) return;
  const due = dueSeconds(nowMs);
  const range = { from: expiryBound(timeToLive, due.from), to: expiryBound(timeToLive, due.to + 1) };
  let after: Buffer | undefined;
  for (;;) {
    const keys: Buffer[] = [];
    await items.visit({ ...range, after }, (entry, itemKey) => {
      keys.push(Buffer.from(itemKey, 'latin1'));
      after = Buffer.from(entry);
      return keys.length < deletedAtOnce;
    });
    if (keys.length === 0) return;
    await items.change({
      reads: keys,
      decide(found, at) {
        const steps = keys.flatMap((key, index) => {
          const before = readFound(found[index]);
          // It may have been given more time since it was listed.
          if (!before || !isExpired(before.item, timeToLive.attribute, nowMs)) return [];
          return [
            writesOf({ layout, key, before, after: undefined, nowMs, identity: timeToLiveIdentity }, at.nextSequence),
          ];
        });
        return {
          writes: steps.flatMap(({ writes }) => writes),
          counts: steps.flatMap(({ counts }) => counts),
          result: undefined,
        };
      },
    });
  }
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
