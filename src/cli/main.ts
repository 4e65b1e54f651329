// Runs one command and turns what went wrong into words and an exit code. What a command does is evaluated when it is
// run, so that help and the short commands start at once.

import { CommanderError } from 'commander';
import { AwsError } from '../aws/errors.ts';
import { ConfigError } from '../config.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { note } from './output.ts';
import { createProgram } from './program.ts';

/** `keepCompiled` is called when what the command usually runs has run. */
export async function runCommandLine(keepCompiled: () => Promise<void>): Promise<void> {
  // `cloudlet logs | head` ends the reader first.
  process.stdout.on('error', () => process.exit(exitCodes.ok));
  try {
    await createProgram(keepCompiled).parseAsync();
  } catch (error) {
    process.exitCode = explain(error);
  }
  await keepCompiled();
}

/** Says what went wrong, and returns the exit code. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof ConfigError) {
    note(`cloudlet: ${error.message}`);
    return exitCodes.usage;
  }
  if (error instanceof CliError) {
    note(`cloudlet: ${error.message}`);
    return error.exitCode;
  }
  if (error instanceof AwsError) {
    note(`cloudlet: the cloud refused: ${error.code}: ${error.message}`);
    return exitCodes.failed;
  }
  if (isForbidden(error)) {
    note(`cloudlet: permission denied: ${error.path}. If it belongs to root, run this with sudo.`);
    return exitCodes.failed;
  }
  note(`cloudlet: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return exitCodes.failed;
}

function isForbidden(error: unknown): error is NodeJS.ErrnoException & { path: string } {
  const { code, path } = error as NodeJS.ErrnoException;
  return (code === 'EACCES' || code === 'EPERM') && path !== undefined;
}
