// Takes away all that is kept of a queue.

import { beyondAll } from './open-queue.ts';
import type { Key, Shelf, ShelfTable } from './storage.ts';

const beyondAllNames = '\uffff';

/** At most so much of each kind; false when there may be more. */
export function clearShelf({ messages, states, recent, counters }: Shelf, most: number): boolean {
  const removed = [
    clearRange(messages, 0, beyondAll, most),
    clearRange(states, 0, beyondAll, most),
    clearRange(recent, '', beyondAllNames, most),
  ];
  const isDone = removed.every((count) => count < most);
  if (isDone) counters.remove('');
  return isDone;
}

function clearRange<K extends Key>(table: ShelfTable<K, unknown>, start: K, end: K, most: number): number {
  const keys = table.keys(start, end, most);
  for (const key of keys) table.remove(key);
  return keys.length;
}
