// `cloudlet doctor`: each thing that instances need of this host: found or not, what it is for, how to get it.

import type { Command } from 'commander';
import { exitCodes, exitCodesHelp } from '../exit-codes.ts';
import type { DoctorFlags } from '../flags.ts';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check what instances need of this host, and say how to get what is missing')
    .option('--data-dir <directory>', 'check the room for data here (CLOUDLET_DATA_DIR; ~/.cloudlet)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Ends with exit code 1 when something is missing without which there are no instances.

Examples:
  $ sudo cloudlet doctor
  $ sudo cloudlet doctor --json | jq '.checks[] | select(.found | not)'
${exitCodesHelp}`,
    )
    .action(async (flags: DoctorFlags) => {
      const { examineHost, formatChecks } = await import('../examine-host.ts');
      const { print, printJson } = await import('../output.ts');
      const checks = await examineHost(flags);
      const ready = checks.every(({ found, needed }) => found || !needed);
      if (flags.json) printJson({ ready, checks });
      else print(formatChecks(checks, ready));
      if (!ready) process.exitCode = exitCodes.failed;
    });
}
