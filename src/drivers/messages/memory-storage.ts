// The engine's tables in memory, for simulations and tests.

import type {
  Key,
  MessageState,
  MessageStorage,
  QueueCounters,
  RecentEntry,
  Shelf,
  ShelfTable,
  StoredMessage,
} from './storage.ts';

type OnUndo = (step: () => void) => void;

export function createMemoryStorage(): MessageStorage {
  const shelves = new Map<string, Shelf>();
  let undo: (() => void)[] = [];
  const onUndo: OnUndo = (step) => undo.push(step);
  return {
    shelf(queueId) {
      const shelf = shelves.get(queueId) ?? memoryShelf(onUndo);
      shelves.set(queueId, shelf);
      return shelf;
    },
    forget: (queueId) => void shelves.delete(queueId),
    queueIds: () => [...shelves].flatMap(([id, { counters }]) => (counters.get('') ? [id] : [])).sort(),
    transact(run) {
      undo = [];
      try {
        run();
      } catch (error) {
        for (const step of undo.reverse()) step();
        throw error;
      }
    },
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function memoryShelf(onUndo: OnUndo): Shelf {
  return {
    messages: memoryTable<number, StoredMessage>(onUndo),
    states: memoryTable<number, MessageState>(onUndo),
    recent: memoryTable<string, RecentEntry>(onUndo),
    counters: memoryTable<'', QueueCounters>(onUndo),
  };
}

function memoryTable<K extends Key, Value>(onUndo: OnUndo): ShelfTable<K, Value> {
  const values = new Map<K, Value>();
  const set = (key: K, value: Value | undefined): void => {
    if (value === undefined) values.delete(key);
    else values.set(key, value);
  };
  const change = (key: K, value: Value | undefined): void => {
    const before = values.get(key);
    onUndo(() => set(key, before));
    set(key, value);
  };
  const keys = (start: K, end: K, limit: number): K[] =>
    [...values.keys()]
      .filter((key) => key >= start && key < end)
      .sort((a, b) => (a < b ? -1 : 1))
      .slice(0, limit);
  return {
    get: (key) => values.get(key),
    put: change,
    insert: change,
    remove: (key) => change(key, undefined),
    range: (start, end, limit) => keys(start, end, limit).map((key) => ({ key, value: values.get(key) as Value })),
    keys,
  };
}
