// Files that were just read stay open. Opening and closing take as many ways to a thread and back as reading a whole body
// of a mebibyte, and what is asked for once is mostly asked for again: range by range, or by the next client. Bodies never
// change once they are named, so an open file is as good as one that is opened anew.

import { close, open } from 'node:fs';

/** More than these are not kept open without being read. */
const mostIdle = 64;

export interface OpenFile {
  readonly descriptor: number;
  /** To be called once. */
  release(): void;
}

export interface OpenFiles {
  /** Rejects with the system's error. */
  open(path: string): OpenFile | Promise<OpenFile>;
  /** Of a file that was removed: whoever reads it reads on, and nobody else gets it. */
  forget(path: string): void;
  close(): void;
}

interface Entry {
  readonly path: string;
  readonly descriptor: number;
  readers: number;
  isForgotten: boolean;
}

export function createOpenFiles(): OpenFiles {
  /** The one that was let go of last is the last. */
  const idle = new Map<string, Entry>();
  const read = new Map<string, Entry>();
  let forgotten = 0;
  let isClosed = false;

  function take(entry: Entry): OpenFile {
    entry.readers += 1;
    idle.delete(entry.path);
    if (!entry.isForgotten) read.set(entry.path, entry);
    return { descriptor: entry.descriptor, release: () => release(entry) };
  }

  function release(entry: Entry): void {
    entry.readers -= 1;
    if (entry.readers > 0) return;
    if (!entry.isForgotten) read.delete(entry.path);
    if (entry.isForgotten || isClosed) {
      shut(entry);
      return;
    }
    idle.set(entry.path, entry);
    const [oldest] = idle.values();
    if (oldest && idle.size > mostIdle) drop(oldest);
  }

  function drop(entry: Entry): void {
    idle.delete(entry.path);
    shut(entry);
  }

  return {
    open(path) {
      const known = read.get(path) ?? idle.get(path);
      if (known) return take(known);
      const forgottenBefore = forgotten;
      return new Promise((resolve, reject) => {
        open(path, 'r', (error, descriptor) => {
          if (error) return reject(error);
          // What may have been removed meanwhile, or what another reader has opened, is not kept for others.
          const isForgotten = forgotten > forgottenBefore || read.has(path) || idle.has(path);
          resolve(take({ path, descriptor, readers: 0, isForgotten }));
        });
      });
    },
    forget(path) {
      forgotten += 1;
      const entry = read.get(path);
      if (entry) {
        entry.isForgotten = true;
        read.delete(path);
      }
      const unread = idle.get(path);
      if (unread) drop(unread);
    },
    close() {
      isClosed = true;
      for (const entry of idle.values()) drop(entry);
    },
  };
}

/** What was only read has nothing to lose by an error. */
function shut({ descriptor }: Entry): void {
  close(descriptor, () => undefined);
}
