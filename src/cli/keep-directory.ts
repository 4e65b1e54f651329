// Where a cloud keeps everything, made before anything is looked for in it: what stands in the way is the user's to mend.

import { accessSync, constants, mkdirSync } from 'node:fs';
import { CliError } from './exit-codes.ts';

export function makeDataDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(`nothing can be kept in ${directory} (${code}). Choose another directory with --data-dir.`);
  }
}
