// All commands, in the order in which a newcomer needs them.

import { Command } from 'commander';
import { version } from '../local/version.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEnv } from './commands/env.ts';
import { addExplain } from './commands/explain.ts';
import { addLogs } from './commands/logs.ts';
import { addPolicyFromLog } from './commands/policy-from-log.ts';
import { addReset } from './commands/reset.ts';
import { addSsh } from './commands/ssh.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addStop } from './commands/stop.ts';
import { addTour } from './commands/tour.ts';
import { exitCodesHelp } from './exit-codes.ts';

export function createProgram(keepCompiled: () => Promise<void>): Command {
  const program = new Command('cloudlet')
    .description('An AWS-compatible cloud that runs, for real, on this machine.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show what a command does and takes')
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  $ sudo cloudlet start                start a cloud that can run instances
  $ eval $(cloudlet env)               point the AWS tools of this shell at it
  $ aws ec2 describe-vpcs
  $ cloudlet tour                      from nothing to a web page on an instance, in a few minutes
${exitCodesHelp}`,
    );
  addStart(program, keepCompiled);
  for (const add of [
    addTour,
    addStatus,
    addEnv,
    addSsh,
    addExplain,
    addPolicyFromLog,
    addLogs,
    addDoctor,
    addReset,
    addStop,
  ])
    add(program);
  return program;
}
