// Writing to whoever reads an answer, and waiting for it.

import type { Writable } from 'node:stream';

/** Resolves when all that was written has left, or when nothing more ever will. */
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

/**
 * Writes a piece whose memory will be used again, between what goes before and behind it. Undefined when all has left at once, as it
 * mostly has; otherwise resolves when it has left or never will: that a stream takes more does not say that it is done with what it has.
 */
export function send(stream: Writable, piece: Uint8Array, before = '', behind = ''): Promise<void> | undefined {
  let leave: (() => void) | undefined;
  let hasLeft = false;
  const written = () => {
    hasLeft = true;
    leave?.();
  };
  const isAlone = before === '' && behind === '';
  if (!isAlone) stream.cork();
  if (before !== '') stream.write(before, 'latin1');
  stream.write(piece, written);
  if (behind !== '') stream.write(behind, 'latin1');
  if (!isAlone) stream.uncork();
  if (hasLeft || stream.writableLength === 0) return undefined;
  return new Promise((resolve) => {
    if (stream.destroyed) return resolve();
    leave = () => {
      stream.off('close', resolve);
      resolve();
    };
    stream.on('close', resolve);
  });
}
