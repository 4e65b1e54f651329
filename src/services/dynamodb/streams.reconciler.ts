// Begins a new shard of a stream every four hours, and lets go of records after a day, of shards a day after their last
// record could be written, and of streams a day after they ended.

import type { World } from '../../aws/service.ts';
import { afterPrefix } from '../../drivers/items/items.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { type StoredRecord, sequenceOfKey } from './stream-records.ts';
import {
  type ShardStatus,
  type StreamRow,
  type StreamStatus,
  shardLifetimeMs,
  shardsOf,
  streamRetentionMs,
  streams,
} from './streams.table.ts';

const lookEveryMs = 15 * 60_000;
const trimmedAtOnce = 1000;

export function createStreamReconciler({ store, clock, drivers }: World): Reconciler {
  const { items } = drivers;

  function change({ account, region, id }: StreamRow, make: (status: StreamStatus) => StreamStatus): void {
    store.changeStatuses((transaction) => transaction.table(streams, { account, region }).update(id, make));
  }

  /** What is trimmed is told before it goes: who asks for it then is not answered as if it had never been. */
  async function trim(row: StreamRow, untilMs: number): Promise<void> {
    const space = Buffer.from(row.spec.space, 'hex');
    for (;;) {
      const old: Buffer[] = [];
      await items.visit({ from: space, to: afterPrefix(space) }, (key, stored) => {
        const record = JSON.parse(stored) as StoredRecord;
        if (record.atMs > untilMs) return false;
        old.push(Buffer.from(key));
        return old.length < trimmedAtOnce;
      });
      const last = old.at(-1);
      if (!last) return;
      change(row, (status) => ({ ...status, trimmedSequence: sequenceOfKey(last) }));
      await items.change({ reads: [], decide: () => ({ writes: old.map((key) => ({ key })), result: undefined }) });
    }
  }

  /** A number between all records that there are and all that will be, on disk like them. */
  function cut({ spec }: StreamRow): Promise<number> {
    const counts = [{ counter: `${spec.space}/cuts`, by: 1 }];
    return items.change({ reads: [], decide: (_, at) => ({ writes: [], counts, result: at.nextSequence() }) });
  }

  async function roll(row: StreamRow, nowMs: number): Promise<void> {
    const present = shardsOf(row);
    const parentStartedAtMs = (present.at(-1) as ShardStatus).startedAtMs;
    const shard = { startedAtMs: nowMs, firstSequence: await cut(row), parentStartedAtMs };
    // A shard is readable for a day after the next one took its place.
    const kept = present.filter((_, index) => {
      const next = present[index + 1];
      return !next || next.startedAtMs + streamRetentionMs > nowMs;
    });
    change(row, (status) => ({ ...status, shards: [...kept, shard] }));
  }

  return {
    name: 'dynamodb.streams',
    keys: () => [...store.listAll(streams)].map(({ account, region, id }) => `${account}/${region}/${id}`),
    wakes: ({ table, key, before, after }) =>
      table === streams.name && after && (before as StreamRow | undefined)?.spec !== (after as StreamRow).spec
        ? [`${key.account}/${key.region}/${key.id}`]
        : [],
    async reconcile(key) {
      const [account = '', region = '', ...rest] = key.split('/');
      const scope = { account, region };
      const id = rest.join('/');
      const row = store.read(streams, scope).get(id);
      if (!row) return undefined;
      const nowMs = clock.now();
      const { space, endedAtMs } = row.spec;
      if ((endedAtMs ?? Number.POSITIVE_INFINITY) + streamRetentionMs <= nowMs) {
        store.changeStatuses((transaction) => transaction.table(streams, scope).remove(id));
        await items.clear(Buffer.from(space, 'hex'), `${space}/`);
        return undefined;
      }
      await trim(row, nowMs - streamRetentionMs);
      if (endedAtMs !== undefined) {
        if (row.status.endSequence === undefined) {
          const endSequence = await cut(row);
          change(row, (status) => ({ ...status, endSequence }));
        }
        return lookEveryMs;
      }
      const openSinceMs = (shardsOf(row).at(-1) as ShardStatus).startedAtMs;
      if (openSinceMs + shardLifetimeMs > nowMs) return Math.min(lookEveryMs, openSinceMs + shardLifetimeMs - nowMs);
      await roll(row, nowMs);
      return lookEveryMs;
    },
  };
}
