// What items were before each of their changes, so that a later state can be taken back to an earlier one.

import type { Write } from '../../drivers/items/items.ts';
import { recordKey } from './stream-records.ts';

interface HistoryEntry {
  readonly atMs: number;
  /** The engine's key of the item, without the table's space. */
  readonly tail: string;
  /** As it was stored; absent when there was no item. */
  readonly stored?: string;
}

export interface NotedChange {
  readonly layout: { readonly histories: readonly Buffer[] };
  readonly key: Buffer;
  readonly before: { readonly stored: string } | undefined;
  readonly nowMs: number;
}

const spaceBytes = 8;

export function historyWrites({ layout, key, before, nowMs }: NotedChange, sequence: number): readonly Write[] {
  const entry: HistoryEntry = {
    atMs: nowMs,
    tail: key.toString('latin1', spaceBytes),
    ...(before && { stored: before.stored }),
  };
  const value = JSON.stringify(entry);
  return layout.histories.map((space) => ({ key: recordKey(space, sequence), value }));
}

export function readHistory(value: string): HistoryEntry {
  return JSON.parse(value) as HistoryEntry;
}
