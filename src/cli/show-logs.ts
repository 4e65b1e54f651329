// Prints the end of the log file, and then what is added to it.

import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { resolveDataDirectory } from '../config.ts';
import { systemClock } from '../kernel/clock.ts';
import { findHolder } from '../local/cloud-lock.ts';
import { logPathOf } from './background.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import type { LogsFlags } from './flags.ts';

const pollMs = 200;
const pieceBytes = 64 * 1024;

export async function showLogs(flags: LogsFlags): Promise<void> {
  if (flags.lines !== 'all' && !/^\d+$/.test(flags.lines)) {
    throw new CliError(`--lines must be a number or 'all', not '${flags.lines}'`, exitCodes.usage);
  }
  const dataDirectory = resolveDataDirectory(flags);
  const holder = findHolder(dataDirectory);
  if (holder && holder.logPath === undefined) {
    throw new CliError(`the cloud on ${dataDirectory} writes its log to the terminal it was started in`);
  }
  const path = holder?.logPath ?? logPathOf(dataDirectory);
  if (!existsSync(path)) throw new CliError(`there is no log on ${dataDirectory} yet`, exitCodes.notRunning);
  let position = showLastLines(path, flags.lines === 'all' ? Number.POSITIVE_INFINITY : Number(flags.lines));
  while (flags.follow) {
    await systemClock.sleep(pollMs);
    const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    // A new file under the old name.
    if (bytes < position) position = 0;
    if (bytes > position) position = copyOut(path, position);
  }
}

/** Returns how far it has read. */
function showLastLines(path: string, count: number): number {
  return copyOut(path, count === Number.POSITIVE_INFINITY ? 0 : findLastLines(path, count));
}

/** Where the last `count` lines begin, read from the end in pieces. */
function findLastLines(path: string, count: number): number {
  const file = openSync(path, 'r');
  try {
    const piece = Buffer.alloc(pieceBytes);
    const size = fstatSync(file).size;
    let missing = count;
    for (let end = size; end > 0; end -= pieceBytes) {
      const start = Math.max(0, end - pieceBytes);
      const bytes = readSync(file, piece, 0, end - start, start);
      for (let i = bytes - 1; i >= 0; i--) {
        const isLineEnd = piece[i] === 0x0a && start + i !== size - 1;
        if (isLineEnd && --missing <= 0) return start + i + 1;
      }
    }
    return count === 0 ? size : 0;
  } finally {
    closeSync(file);
  }
}

function copyOut(path: string, from: number): number {
  const file = openSync(path, 'r');
  try {
    const piece = Buffer.alloc(pieceBytes);
    let position = from;
    for (;;) {
      const bytes = readSync(file, piece, 0, pieceBytes, position);
      if (bytes === 0) return position;
      process.stdout.write(Uint8Array.prototype.slice.call(piece, 0, bytes));
      position += bytes;
    }
  } finally {
    closeSync(file);
  }
}
