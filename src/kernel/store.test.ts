import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type KeyValue, removed } from './key-value.ts';
import { openLmdbKeyValue } from './lmdb-key-value.ts';
import { createMemoryKeyValue } from './memory-key-value.ts';
import { randomInteger, seededRandom } from './random.ts';
import { createStore, type Store } from './store.ts';
import { type Change, defineTable } from './table.ts';

interface BoatSpec {
  readonly harbour: string;
  readonly length: number;
}

const boats = defineTable<BoatSpec, { readonly afloat: boolean }>({
  name: 'test.boats',
  initialStatus: { afloat: false },
  indexes: { byHarbour: (row) => [row.spec.harbour] },
});

const here = { account: '000000000000', region: 'us-east-1' };
const there = { account: '111111111111', region: 'us-east-1' };
const elsewhere = { account: '000000000000', region: 'eu-west-1' };

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudlet-store-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const kinds: Readonly<Record<string, () => KeyValue>> = {
  memory: createMemoryKeyValue,
  lmdb: () => openLmdbKeyValue(newFolder()),
};

describe.each(Object.keys(kinds))('a store on %s', (kind) => {
  let store: Store;
  beforeEach(() => {
    store = createStore((kinds[kind] as () => KeyValue)(), { now: () => 1000 });
  });

  const insert = (id: string, spec: BoatSpec, scope = here) =>
    store.changeSpecs((transaction) => transaction.table(boats, scope).insert(id, spec));

  it('gets a row as it is by now: written, changed, rolled back, removed, forgotten', async () => {
    const length = () => store.get(boats, here, 'b-1')?.spec.length;
    const set = (to: number) =>
      store.changeSpecs((transaction) => {
        transaction.table(boats, here).update('b-1', (spec) => ({ ...spec, length: to }));
        expect(length()).toBe(to);
        if (to > 100) throw new Error('too long');
      });
    expect(length()).toBeUndefined();
    insert('b-1', { harbour: 'oslo', length: 5 });
    expect(length()).toBe(5);
    set(6);
    expect(length()).toBe(6);
    expect(() => set(101)).toThrow('too long');
    expect(length()).toBe(6);
    store.changeStatuses((transaction) => transaction.table(boats, here).update('b-1', () => ({ afloat: true })));
    expect(store.get(boats, here, 'b-1')?.status.afloat).toBe(true);
    await store.clear();
    expect(length()).toBeUndefined();
  });

  it('keeps accounts and regions apart, and finds a row by its id alone', () => {
    insert('b-1', { harbour: 'oslo', length: 5 });
    insert('b-2', { harbour: 'oslo', length: 6 }, there);
    insert('b-3', { harbour: 'oslo', length: 7 }, elsewhere);
    expect([...store.read(boats, here).list()].map(({ id }) => id)).toEqual(['b-1']);
    expect([...store.read(boats, here).by('byHarbour', 'oslo')].map(({ id }) => id)).toEqual(['b-1']);
    expect([...store.listAll(boats)].map(({ id }) => id).sort()).toEqual(['b-1', 'b-2', 'b-3']);
    expect(store.find(boats, 'b-3')).toMatchObject({
      ...elsewhere,
      id: 'b-3',
      spec: { length: 7 },
      status: { afloat: false },
    });
    expect(store.find(boats, 'b-4')).toBeUndefined();
  });

  it('lists in the order of ids, from after a given one, whether that still exists or not', () => {
    for (const id of ['b-3', 'b-1', 'b-10', 'b-2']) insert(id, { harbour: 'x', length: 1 });
    const ids = (after?: string) => [...store.read(boats, here).list(after)].map(({ id }) => id);
    expect(ids()).toEqual(['b-1', 'b-10', 'b-2', 'b-3']);
    expect(ids('b-10')).toEqual(['b-2', 'b-3']);
    expect(ids('b-11')).toEqual(['b-2', 'b-3']);
    expect(ids('b-1')).toEqual(['b-10', 'b-2', 'b-3']);
  });

  it('moves a row between index values, and out of the index when it goes', () => {
    insert('b-1', { harbour: 'oslo', length: 5 });
    const inHarbour = (harbour: string) => [...store.read(boats, here).by('byHarbour', harbour)].length;
    store.changeSpecs((transaction) =>
      transaction.table(boats, here).update('b-1', (spec) => ({ ...spec, harbour: 'bergen' })),
    );
    expect([inHarbour('oslo'), inHarbour('bergen')]).toEqual([0, 1]);
    store.changeSpecs((transaction) => transaction.table(boats, here).remove('b-1'));
    expect([inHarbour('oslo'), inHarbour('bergen')]).toEqual([0, 0]);
    expect(store.find(boats, 'b-1')).toBeUndefined();
  });

  it('rolls back everything when the transaction throws, and tells nobody', () => {
    const seen: Change[] = [];
    store.subscribe((changes) => seen.push(...changes));
    insert('b-1', { harbour: 'oslo', length: 5 });
    const failing = () =>
      store.changeSpecs((transaction) => {
        const table = transaction.table(boats, here);
        table.update('b-1', (spec) => ({ ...spec, harbour: 'bergen' }));
        table.insert('b-2', { harbour: 'bergen', length: 1 });
        expect(table.get('b-2')).toBeDefined();
        throw new Error('on the rocks');
      });
    expect(failing).toThrow('on the rocks');
    expect(store.read(boats, here).get('b-1')?.spec.harbour).toBe('oslo');
    expect(store.read(boats, here).has('b-2')).toBe(false);
    expect([...store.read(boats, here).by('byHarbour', 'bergen')]).toEqual([]);
    expect(seen.map(({ key }) => key.id)).toEqual(['b-1']);
  });

  it('writes and announces a status only when it differs', () => {
    insert('b-1', { harbour: 'oslo', length: 5 });
    const seen: Change[] = [];
    store.subscribe((changes) => seen.push(...changes));
    const float = () =>
      store.changeStatuses((transaction) =>
        transaction.table(boats, here).update('b-1', (status) => ({ ...status, afloat: true })),
      );
    float();
    float();
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      table: 'test.boats',
      before: { status: { afloat: false } },
      after: { status: { afloat: true } },
    });
  });

  it('refuses an id that would reach into another key', () => {
    expect(() => insert('b-1\u001fx', { harbour: 'oslo', length: 5 })).toThrow(RangeError);
    expect(() => insert('b-1', { harbour: 'oslo\0', length: 5 })).toThrow(RangeError);
    expect(() => insert('b'.repeat(1_801), { harbour: 'oslo', length: 5 })).toThrow(RangeError);
  });

  it.each(['b-1\u001fx', '\0', 'b'.repeat(1_801), 'é'.repeat(5_000), '\ud800', ''])('finds nothing under %j', (id) => {
    insert('b-1', { harbour: 'oslo', length: 5 });
    const rows = store.read(boats, here);
    expect(rows.get(id)).toBeUndefined();
    expect(rows.has(id)).toBe(false);
    expect([...rows.by('byHarbour', id)]).toEqual([]);
    expect(store.find(boats, id)).toBeUndefined();
    expect([...rows.list(id)].map((row) => row.id)).toEqual(id < 'b-1' ? ['b-1'] : []);
  });

  it('has nothing in an account or region that there cannot be', () => {
    for (const strange of ['x'.repeat(5000), 'a\0b'])
      for (const scope of [
        { account: strange, region: 'us-east-1' },
        { account: '000000000000', region: strange },
      ]) {
        const rows = store.read(boats, scope);
        expect(rows.get('a')).toBeUndefined();
        expect([...rows.list(), ...rows.by('byHarbour', 'oslo')]).toEqual([]);
      }
  });

  it('keeps rows whose ids are as long as they may be', () => {
    const id = 'b'.repeat(1_800);
    insert(id, { harbour: 'ø'.repeat(900), length: 5 });
    expect([...store.read(boats, here).by('byHarbour', 'ø'.repeat(900))].map((row) => row.id)).toEqual([id]);
    expect(store.find(boats, id)?.id).toBe(id);
  });
});

describe('a table whose rows have changed shape', () => {
  it('upgrades a row of an older version when it is read', () => {
    const keyValue = createMemoryKeyValue();
    const clock = { now: () => 0 };
    const first = defineTable<{ size: number }, null>({ name: 'test.cups', initialStatus: null });
    createStore(keyValue, clock).changeSpecs((transaction) =>
      transaction.table(first, here).insert('c-1', { size: 3 }),
    );
    const second = defineTable<{ millilitres: number }, null>({
      name: 'test.cups',
      version: 2,
      initialStatus: null,
      upgrade: (row) => ({ ...row, spec: { millilitres: (row.spec as { size: number }).size * 100 }, status: null }),
    });
    expect(createStore(keyValue, clock).read(second, here).get('c-1')?.spec).toEqual({ millilitres: 300 });
  });
});

describe('a store on disk', () => {
  it('finds after reopening what was flushed before', async () => {
    const folder = newFolder();
    const first = createStore(openLmdbKeyValue(folder), { now: () => 7 });
    first.changeSpecs((transaction) => transaction.table(boats, here).insert('b-1', { harbour: 'oslo', length: 5 }));
    await first.flushed();
    await first.close();
    const second = createStore(openLmdbKeyValue(folder), { now: () => 8 });
    expect(second.read(boats, here).get('b-1')).toMatchObject({ createdAtMs: 7, spec: { harbour: 'oslo' } });
    expect([...second.listIds(boats)]).toEqual(['b-1']);
    await second.clear();
    expect([...second.listAll(boats)]).toEqual([]);
    await second.close();
  });
});

describe('an LMDB environment', () => {
  it('reads as if everything were stored, whatever is still on its way to the disk', async () => {
    const random = seededRandom(7);
    const folder = newFolder();
    const [lmdb, memory] = [openLmdbKeyValue(folder), createMemoryKeyValue()];
    const both = [lmdb, memory] as const;
    const someKey = () => `key-${randomInteger(random, 30)}`;
    for (let step = 0; step < 600; step++) {
      const writes = new Map<string, unknown>();
      for (let i = randomInteger(random, 4); i >= 0; i--) {
        writes.set(someKey(), randomInteger(random, 3) === 0 ? removed : { step, i });
      }
      for (const keyValue of both) keyValue.commit(writes);
      if (randomInteger(random, 5) === 0) await new Promise(setImmediate);
      if (randomInteger(random, 40) === 0) await lmdb.flushed();
      const [key, start, end] = [someKey(), someKey(), someKey()];
      expect(lmdb.get(key)).toEqual(memory.get(key));
      expect([...lmdb.range(start, end)]).toEqual([...memory.range(start, end)]);
      expect([...lmdb.keys(start, end)]).toEqual([...memory.keys(start, end)]);
    }
    await lmdb.close();
    const again = openLmdbKeyValue(folder);
    expect(allOf(again)).toEqual(allOf(memory));
    await again.close();
  });

  const looks = (count: number, from = 0) =>
    new Map(
      Array.from({ length: count }, (_, i) => [`key-${from + i}`, { id: i, tags: { [`tag ${from + i}`]: 'x' } }]),
    );
  const allOf = (keyValue: KeyValue) => new Map(keyValue.range('key-', 'key.'));

  it('is read again whatever its values look like, more of them than are written down once', async () => {
    const folder = newFolder();
    const first = openLmdbKeyValue(folder);
    for (let from = 0; from < 3000; from += 100) first.commit(looks(100, from));
    await first.close();
    const second = openLmdbKeyValue(folder);
    expect(allOf(second).size).toBe(3000);
    expect(second.get('key-17')).toEqual({ id: 17, tags: { 'tag 17': 'x' } });
    expect(second.get('key-2999')).toEqual({ id: 99, tags: { 'tag 2999': 'x' } });
    await second.close();
  });

  it('is written and read after it was cleared', async () => {
    const folder = newFolder();
    const first = openLmdbKeyValue(folder);
    first.commit(looks(10));
    await first.clear();
    expect(allOf(first).size).toBe(0);
    first.commit(looks(10, 5));
    expect(first.get('key-7')).toEqual({ id: 2, tags: { 'tag 7': 'x' } });
    await first.flushed();
    await first.close();
    const second = openLmdbKeyValue(folder);
    expect([...allOf(second).values()]).toHaveLength(10);
    expect(second.get('key-14')).toEqual({ id: 9, tags: { 'tag 14': 'x' } });
    await second.close();
  });
});
