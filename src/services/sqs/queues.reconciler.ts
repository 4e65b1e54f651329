// Lets messages expire when their time is over, and forgets the messages of queues that are gone. A key is a queue's id
// in the engine and, unless only the engine knows of it, where its row is.

import type { World } from '../../aws/service.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { deletedQueues, nameRestsForMs, type QueueRow, queues, refOf, retentionMsOf } from './queues.table.ts';

const soonestMs = 1_000;
const latestMs = 3600_000;

export function createQueuesReconciler({ store, clock, drivers }: World): Reconciler {
  return {
    name: 'sqs.queues',
    async keys() {
      const rows = [...store.listAll(queues)];
      const known = new Set(rows.map(({ spec }) => spec.queueId));
      const strays = (await drivers.messages.queues()).filter((id) => !known.has(id));
      return [...rows.map(keyOf), ...strays];
    },
    wakes({ table, before, after }) {
      if (table !== queues.name) return [];
      return [keyOf((after ?? before) as QueueRow)];
    },
    async reconcile(key) {
      const [queueId = '', account, region = '', name = ''] = key.split(' ');
      const row = account === undefined ? undefined : store.read(queues, { account, region }).get(name);
      if (row?.spec.queueId !== queueId) {
        await drivers.messages.clear(queueId);
        return undefined;
      }
      const retentionMs = retentionMsOf(row.spec);
      const oldestMs = await drivers.messages.expire(refOf(row), retentionMs);
      // A message that is sent while nobody looks expires no sooner than this.
      const nextMs = (oldestMs ?? clock.now()) + retentionMs - clock.now();
      return Math.min(Math.max(nextMs, soonestMs), latestMs);
    },
  };
}

const keyOf = ({ account, region, id, spec }: QueueRow): string => [spec.queueId, account, region, id].join(' ');

/** Names of deleted queues, until they may be used again. */
export function createDeletedQueuesReconciler({ store, clock }: World): Reconciler {
  return {
    name: 'sqs.deletedQueues',
    keys: () => [...store.listAll(deletedQueues)].map(({ account, region, id }) => [account, region, id].join(' ')),
    wakes: ({ table, key, after }) =>
      table === deletedQueues.name && after ? [[key.account, key.region, key.id].join(' ')] : [],
    async reconcile(key) {
      const [account = '', region = '', id = ''] = key.split(' ');
      const row = store.read(deletedQueues, { account, region }).get(id);
      if (!row) return undefined;
      const leftMs = row.spec.deletedAtMs + nameRestsForMs - clock.now();
      if (leftMs > 0) return leftMs;
      store.changeStatuses((transaction) => transaction.table(deletedQueues, { account, region }).remove(id));
      return undefined;
    },
  };
}
