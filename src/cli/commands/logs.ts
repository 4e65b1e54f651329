// `cloudlet logs`: the log of a cloud in the background.

import type { Command } from 'commander';
import { exitCodesHelp } from '../exit-codes.ts';
import type { LogsFlags } from '../flags.ts';

export function addLogs(program: Command): void {
  program
    .command('logs')
    .description('print the log of a cloud that was started with --detach')
    .option('-f, --follow', 'go on as it grows')
    .option('-n, --lines <count>', "how many of the last lines, or 'all'", '200')
    .option('--data-dir <directory>', 'the cloud that keeps its data here (CLOUDLET_DATA_DIR; ~/.cloudlet)')
    .addHelpText(
      'after',
      `
Examples:
  $ cloudlet logs -f
  $ cloudlet logs -n all | grep RunInstances
${exitCodesHelp}`,
    )
    .action(async (flags: LogsFlags) => {
      const { showLogs } = await import('../show-logs.ts');
      await showLogs(flags);
    });
}
