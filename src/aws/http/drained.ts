// Waiting for whoever reads an answer.

import type { Writable } from 'node:stream';

/** Resolves when all that was written has left, so that its memory may be used again, or when nothing more ever will. */
export function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) return resolve();
    const settle = () => {
      stream.off('drain', settle).off('close', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle);
  });
}
