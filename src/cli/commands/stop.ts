// `cloudlet stop`: ends the cloud, and with --all its instances too.

import type { Command } from 'commander';
import { exitCodesHelp } from '../exit-codes.ts';
import type { StopFlags } from '../flags.ts';

export function addStop(program: Command): void {
  program
    .command('stop')
    .description('stop the cloud; its instances keep running and are found again at the next start')
    .option('--all', 'stop every instance first; they keep their disks and can be started again')
    .option('--data-dir <directory>', 'the cloud that keeps its data here (CLOUDLET_DATA_DIR; ~/.cloudlet)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ cloudlet stop
  $ cloudlet stop --all                also when the cloud itself has been stopped already
${exitCodesHelp}`,
    )
    .action(async (flags: StopFlags) => {
      const { stop } = await import('../stop.ts');
      await stop(flags);
    });
}
