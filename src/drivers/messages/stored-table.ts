// What LMDB has of one table of one queue, and how changes get there: in ascending order, as many at once as the event loop
// may wait for.

import type { ByteReader } from '../journal/bytes.ts';
import type { Key } from './storage.ts';

export interface StoredTable<K extends Key> {
  /** To be read before anything else is asked for. */
  get(key: K): ByteReader | undefined;
  /** Those with `start` <= key < `end`, ascending, at most `limit`. */
  keys(start: K, end: K, limit: number): K[];
  /**
   * In the transaction that is open: changes from the first on, until there are none or the step has no room. What is asked
   * for before it is committed may be told with or without them.
   */
  bring(changes: ComingChanges<K>, step: CheckpointStep): void;
  /** What was brought is committed, all of it. */
  settle(): void;
}

/** In ascending order, each key once. */
export interface ComingChanges<K extends Key> {
  readonly isOver: boolean;
  /** Of the first that was not brought. */
  readonly key: K;
  /** Undefined for a removal. */
  readonly value: Uint8Array | undefined;
  /** It was. */
  next(): void;
}

/** What one transaction of a checkpoint may still do: the event loop waits meanwhile. */
export class CheckpointStep {
  /** In a quarter of a microsecond, roughly. */
  room: number;

  constructor(room: number) {
    this.room = room;
  }
}
