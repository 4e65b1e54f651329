// Where objects are: an index of what there is to know about them, and their bodies. The index is an ordered map (the
// same interface that keeps items); a body is a run of bytes under an id that the engine chose, never a name of a user's.

import type { Items } from '../items/items.ts';

export interface Objects {
  readonly index: Items;
  readonly bodies: Bodies;
  close(): Promise<void>;
}

/**
 * Whose the pieces of a body are that is being read. Lent ones are the reader's until it asks for the next one, or for the end:
 * their memory is used again, for other bodies too. A reader that gives up may keep the last.
 */
export type Pieces = 'kept' | 'lent';

/**
 * A body that no entry of the index names is nobody's, so whoever writes one names it next, and whoever forgets one
 * removes it afterwards. What a crash leaves in between is found by `sweep`.
 */
export interface Bodies {
  /** Begins a body. */
  create(): Promise<BodyWriter>;
  /** The bytes from `start` to before `end`. Throws BodyMissing before the first of them when there is no such body. */
  read(id: string, start: number, end: number, pieces?: Pieces): AsyncIterableIterator<Uint8Array>;
  /** The same bytes under another id, in no time where the file system can. */
  copy(id: string): Promise<string>;
  /** Idempotent. A body that is held goes when it is let go of. */
  remove(id: string): Promise<void>;
  /** Keeps bodies from being removed while they are read. Returns the way to let go. */
  hold(ids: readonly string[]): () => void;
  /** Shows the bodies of earlier runs, in lots, each once; those that are not wanted are removed. Returns how many. */
  sweep(wanted: (ids: readonly string[]) => Promise<readonly boolean[]>): Promise<number>;
  /** Removes all of them. */
  clear(): Promise<void>;
}

/** One of `end` and `abandon` is called, and nothing after it. */
export interface BodyWriter {
  /** Takes a piece in, whose bytes must not change. A promise is to be waited for before the next one. */
  push(piece: Uint8Array): Promise<void> | undefined;
  /** Resolves when all of it is on disk; when that fails nothing is kept. */
  end(): Promise<WrittenBody>;
  /** Keeps nothing. */
  abandon(): Promise<void>;
}

export interface WrittenBody {
  readonly id: string;
  readonly bytes: number;
}

export class BodyMissing extends Error {
  constructor(id: string) {
    super(`there is no body ${id}`);
    this.name = 'BodyMissing';
  }
}
