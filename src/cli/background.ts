// `cloudlet start --detach`: the same command again as a process of its own, with its output in a file.

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { findHolder } from '../local/cloud-lock.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { asTyped, print } from './output.ts';

/** The log of earlier runs is kept until it is this long, then set aside as `cloudlet.log.1`. */
const longestLogBytes = 10 * 2 ** 20;

export const logPathOf = (dataDirectory: string): string => join(dataDirectory, 'cloudlet.log');

export async function startInBackground({ dataDirectory }: Config): Promise<void> {
  const logPath = logPathOf(dataDirectory);
  const beforeBytes = setLongLogAside(logPath);
  const log = openSync(logPath, 'a', 0o600);
  const args = process.argv.slice(2).filter((arg) => arg !== '-d' && arg !== '--detach');
  const child = spawn(process.execPath, [process.argv[1] ?? '', ...args, '--log-path', logPath], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const exitCode = await new Promise<number | undefined>((resolve) => {
    child.once('message', () => resolve(undefined));
    child.once('error', () => resolve(exitCodes.failed));
    child.once('exit', (code) => resolve(code ?? exitCodes.failed));
  });
  if (exitCode !== undefined) {
    const said = readFileSync(logPath).subarray(beforeBytes).toString('utf8').trim();
    throw new CliError(`it did not start:\n${said}`, exitCode);
  }
  child.unref();
  print(`Ready. The cloud runs in the background at ${findHolder(dataDirectory)?.endpoint ?? ''}`);
  print(`'${asTyped('logs -f')}' shows what it does, '${asTyped('stop')}' ends it.`);
}

/** Returns how long the log is now. */
function setLongLogAside(logPath: string): number {
  const bytes = statSync(logPath, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes < longestLogBytes) return bytes;
  renameSync(logPath, `${logPath}.1`);
  return 0;
}
