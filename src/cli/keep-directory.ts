// Where a cloud keeps everything, made before anything is looked for in it: what stands in the way is the user's to mend.

import { accessSync, constants, mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CliError } from './exit-codes.ts';

/** With less, the databases could not even be opened: they map files that a full disk then has no room for. */
const leastFreeMiB = 16;

export function makeDataDirectory(directory: string): void {
  refuse(directory, '--data-dir', whyItCannotBeMade(directory) ?? whyNothingCanBeKept(directory));
}

/** It may be one that others fill, where nothing is to be written. */
export function makeImageDirectory(directory: string): void {
  refuse(directory, '--image-dir', whyItCannotBeMade(directory));
}

function refuse(directory: string, option: string, reason: string | undefined): void {
  if (reason) throw new CliError(`nothing can be kept in ${directory}: ${reason}. Choose another with ${option}.`);
}

function whyItCannotBeMade(directory: string): string | undefined {
  try {
    ensureDirectory(directory);
    return undefined;
  } catch (error) {
    return reasonOf(error as NodeJS.ErrnoException);
  }
}

function whyNothingCanBeKept(directory: string): string | undefined {
  try {
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    const probe = join(directory, `.probe-${process.pid}`);
    writeFileSync(probe, 'x');
    rmSync(probe);
  } catch (error) {
    return reasonOf(error as NodeJS.ErrnoException);
  }
  const { bavail, bsize } = statfsSync(directory);
  const freeMiB = Math.floor((bavail * bsize) / 2 ** 20);
  return freeMiB < leastFreeMiB ? `its disk has ${freeMiB} MiB left, and ${leastFreeMiB} are needed` : undefined;
}

/** Not node's own `recursive`, which tries for ever where no directory can be made, as in /proc. */
function ensureDirectory(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(directory).isDirectory()) return;
    const parent = dirname(directory);
    if (code !== 'ENOENT' || statSync(parent, { throwIfNoEntry: false })) throw error;
    ensureDirectory(parent);
    ensureDirectory(directory);
  }
}

/** In the operating system's words, without the code and the path that node puts around them. */
function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'it is no directory';
  return /^\w+: ([^,]+),/.exec(message)?.[1] ?? message;
}
