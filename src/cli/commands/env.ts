// `cloudlet env`: what to set so that the AWS tools talk to the cloud.

import type { Command } from 'commander';
import { clientVariables, conflictingVariables, endpointOf, resolveConfig } from '../../config.ts';
import { exitCodesHelp } from '../exit-codes.ts';
import { findCloud } from '../find-cloud.ts';
import type { CloudFlags } from '../flags.ts';
import { note, print, printJson } from '../output.ts';

interface EnvFlags extends CloudFlags {
  readonly json?: boolean;
  readonly unset?: boolean;
}

export function addEnv(program: Command): void {
  program
    .command('env')
    .description('print the variables that point the AWS tools of a shell at the cloud')
    .option('--data-dir <directory>', 'the cloud that keeps its data here (CLOUDLET_DATA_DIR; ~/.cloudlet)')
    .option('--unset', 'print what takes them away again')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Version 1 of the AWS CLI takes no notice of AWS_ENDPOINT_URL for SQS: add --endpoint-url $AWS_ENDPOINT_URL there.

Examples:
  $ eval $(cloudlet env)
  $ eval $(cloudlet env --unset)
${exitCodesHelp}`,
    )
    .action(showEnv);
}

async function showEnv(flags: EnvFlags): Promise<void> {
  const cloud = await findCloud(flags);
  if (!cloud && !flags.unset) note('cloudlet: no cloud is running yet; these are for the one that would start');
  const config = resolveConfig({ dataDir: flags.dataDir });
  const variables = clientVariables(cloud?.endpoint ?? endpointOf(config, config.port));
  if (flags.json) return printJson(variables);
  if (flags.unset) return print(`unset ${Object.keys(variables).join(' ')};`);
  // With semicolons, because an unquoted $(…) joins the lines.
  const conflicting = conflictingVariables();
  if (conflicting.length > 0) print(`unset ${conflicting.join(' ')};`);
  for (const [name, value] of Object.entries(variables)) print(`export ${name}=${quote(value)};`);
}

/** For a POSIX shell. */
const quote = (text: string): string => (/^[\w:/.[\]-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
