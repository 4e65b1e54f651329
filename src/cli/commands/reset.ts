// `cloudlet reset`: forgets everything.

import type { Command } from 'commander';
import { CliError, exitCodes, exitCodesHelp } from '../exit-codes.ts';
import { requireCloud } from '../find-cloud.ts';
import type { CloudFlags } from '../flags.ts';
import { callJson } from '../http-call.ts';
import { formatDuration, print, printJson } from '../output.ts';

interface ResetFlags extends CloudFlags {
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addReset(program: Command): void {
  program
    .command('reset')
    .description('forget everything in every account: instances, volumes, keys, all of it; built base images stay')
    .option('-y, --yes', 'do not ask')
    .option('--data-dir <directory>', 'the cloud that keeps its data here (CLOUDLET_DATA_DIR; ~/.cloudlet)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ cloudlet reset
  $ cloudlet reset --yes               in scripts
${exitCodesHelp}`,
    )
    .action(resetCloud);
}

async function resetCloud(flags: ResetFlags): Promise<void> {
  const cloud = await requireCloud(flags);
  const { endpoint, dataDirectory } = cloud;
  if (!flags.yes && !(await confirm(`Forget everything in the cloud at ${endpoint} (${dataDirectory})?`))) {
    throw new CliError('nothing was changed');
  }
  const answer = await callJson(cloud, { method: 'POST', path: '/_cloudlet/reset' });
  if (flags.json) printJson(answer);
  else print(`The cloud is empty (${formatDuration(Number(answer['durationMs']))}).`);
}

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new CliError('there is nobody to ask; say --yes', exitCodes.usage);
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
