// Lets go of stream records after a day, and of streams a day after they ended.

import type { World } from '../../aws/service.ts';
import { afterPrefix } from '../../drivers/items/items.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import type { StoredRecord } from './stream-records.ts';
import { streamRetentionMs, streams } from './streams.table.ts';

const lookEveryMs = 15 * 60_000;
const trimmedAtOnce = 1000;

export function createStreamReconciler({ store, clock, drivers }: World): Reconciler {
  const { items } = drivers;

  async function trim(space: Buffer, untilMs: number): Promise<void> {
    for (;;) {
      const old: Buffer[] = [];
      await items.visit({ from: space, to: afterPrefix(space) }, (key, stored) => {
        const record = JSON.parse(stored) as StoredRecord;
        if (record.atMs > untilMs) return false;
        old.push(Buffer.from(key));
        return old.length < trimmedAtOnce;
      });
      if (old.length === 0) return;
      await items.change({ reads: [], decide: () => ({ writes: old.map((key) => ({ key })), result: undefined }) });
    }
  }

  return {
    name: 'dynamodb.streams',
    keys: () => [...store.listAll(streams)].map(({ account, region, id }) => `${account}/${region}/${id}`),
    wakes: ({ table, key, after }) =>
      table === streams.name && after ? [`${key.account}/${key.region}/${key.id}`] : [],
    async reconcile(key) {
      const [account = '', region = '', ...rest] = key.split('/');
      const scope = { account, region };
      const id = rest.join('/');
      const row = store.read(streams, scope).get(id);
      if (!row) return undefined;
      const nowMs = clock.now();
      const space = Buffer.from(row.spec.space, 'hex');
      if ((row.spec.endedAtMs ?? Number.POSITIVE_INFINITY) + streamRetentionMs <= nowMs) {
        store.changeStatuses((transaction) => transaction.table(streams, scope).remove(id));
        await items.clear(space, `${row.spec.space}/`);
        return undefined;
      }
      await trim(space, nowMs - streamRetentionMs);
      return lookEveryMs;
    },
  };
}
