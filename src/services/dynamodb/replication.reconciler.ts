// Carries changes of replicated tables to the other regions, in the order in which they were made. Changes at the replicas
// and what leaves the outbox are one change of the engine, so a crash neither loses nor repeats any.

import type { World } from '../../aws/service.ts';
import { afterPrefix, type Decision, type Moment, type Write } from '../../drivers/items/items.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { readFound, writesOf } from './item-writes.ts';
import { type OutboxEntry, pendingKey } from './replication.ts';
import { itemOfStored } from './stored-item.ts';
import { sequenceOfKey } from './stream-records.ts';
import { layoutOf, type ReplicationLayout, type TableLayout } from './table-layout.ts';
import { type TableRow, tables } from './tables.table.ts';

const lookEveryMs = 200;
const carriedAtOnce = 100;

interface Member {
  readonly layout: TableLayout;
  readonly replication: ReplicationLayout;
}

interface Outgoing {
  readonly key: Buffer;
  readonly version: number;
  readonly entry: OutboxEntry;
}

export function createReplicationReconciler({ store, clock, drivers }: World): Reconciler {
  const { items } = drivers;

  function find(account: string, region: string, id: string): TableRow | undefined {
    return store.read(tables, { account, region }).get(id);
  }

  /** Of the same item only the first change: the next one builds upon it. */
  async function readOutbox(outbox: Buffer): Promise<readonly Outgoing[]> {
    const found: Outgoing[] = [];
    const tails = new Set<string>();
    await items.visit({ from: outbox, to: afterPrefix(outbox) }, (key, value) => {
      const entry = JSON.parse(value) as OutboxEntry;
      if (tails.has(entry.tail)) return false;
      tails.add(entry.tail);
      found.push({ key: Buffer.from(key), version: sequenceOfKey(key), entry });
      return found.length < carriedAtOnce;
    });
    return found;
  }

  /** Undefined while one of the replicas cannot take anything yet: what the others miss until then waits for it. */
  function membersOf({ account, region, id, spec }: TableRow): readonly Member[] | undefined {
    const members: Member[] = [];
    for (const where of [region, ...(spec.replication?.peers ?? [])]) {
      const row = find(account, where, id);
      const layout = row && layoutOf(row);
      if (layout && !layout.isUsable && !row.spec.isDeleting) return undefined;
      if (layout?.isUsable && layout.replication) members.push({ layout, replication: layout.replication });
    }
    return members;
  }

  function leave({ account, region, id }: TableRow): void {
    store.changeSpecs((transaction) =>
      transaction.table(tables, { account, region }).update(id, ({ replication, ...spec }) => spec),
    );
  }

  return {
    name: 'dynamodb.replication',
    keys: () =>
      [...store.listAll(tables)]
        .filter(({ spec }) => spec.replication)
        .map(({ account, region, id }) => `${account}/${region}/${id}`),
    wakes: ({ table, key, after }) =>
      table === tables.name && (after as TableRow | undefined)?.spec.replication
        ? [`${key.account}/${key.region}/${key.id}`]
        : [],
    async reconcile(key) {
      const [account = '', region = '', id = ''] = key.split('/');
      for (;;) {
        const row = find(account, region, id);
        const { replication } = row?.spec ?? {};
        // One of them does it for all.
        if (!row || !replication || replication.peers.some((peer) => peer < region)) return undefined;
        const outgoing = await readOutbox(Buffer.from(replication.outbox, 'hex'));
        const members = membersOf(row);
        if (outgoing.length === 0 && replication.peers.length === 0) {
          leave(row);
          return undefined;
        }
        if (outgoing.length === 0 || !members) return lookEveryMs;
        const reads = outgoing.flatMap(({ key: outboxKey, entry }) => [
          outboxKey,
          ...members.flatMap(({ layout, replication: { pending } }) => [
            pendingKey(pending, entry.tail),
            itemKey(layout, entry.tail),
          ]),
        ]);
        const nowMs = clock.now();
        await items.change({ reads, decide: (found, at) => carry(outgoing, members, found, at, nowMs) });
      }
    },
  };
}

function itemKey({ space }: TableLayout, tail: string): Buffer {
  return Buffer.concat([space, Buffer.from(tail, 'latin1')]);
}

type Found = readonly (string | undefined)[];

function carry(
  outgoing: readonly Outgoing[],
  members: readonly Member[],
  found: Found,
  at: Moment,
  nowMs: number,
): Decision<undefined> {
  const each = 1 + 2 * members.length;
  const decided = outgoing.map((change, index) =>
    carryOne(change, members, found.slice(index * each, (index + 1) * each), at, nowMs),
  );
  return {
    writes: decided.flatMap(({ writes }) => writes),
    counts: decided.flatMap(({ counts = [] }) => counts),
    result: undefined,
  };
}

function carryOne(
  { key, version, entry }: Outgoing,
  members: readonly Member[],
  [present, ...states]: Found,
  at: Moment,
  nowMs: number,
): Omit<Decision<unknown>, 'result'> {
  if (present === undefined) return { writes: [] };
  const writes: Write[] = [{ key }];
  const decided = members.map(({ layout, replication }, index) => {
    const pending = states[2 * index];
    if (layout.region === entry.region) {
      if (Number(pending) === version) writes.push({ key: pendingKey(replication.pending, entry.tail) });
      return undefined;
    }
    if (pending !== undefined && Number(pending) > version) return undefined;
    const before = readFound(states[2 * index + 1]);
    const after = entry.stored === undefined ? undefined : itemOfStored(entry.stored);
    if (!before && !after) return undefined;
    const change = { layout, key: itemKey(layout, entry.tail), before, after, nowMs, isReplicated: true };
    return writesOf(change, at);
  });
  return {
    writes: [...writes, ...decided.flatMap((made) => made?.writes ?? [])],
    counts: decided.flatMap((made) => made?.counts ?? []),
  };
}
