// `cloudlet policy-from-log`: the least policy that what was done lately needs.

import type { Command } from 'commander';
import { exitCodesHelp } from '../exit-codes.ts';
import type { PolicyFromLogFlags } from '../flags.ts';

export function addPolicyFromLog(program: Command): void {
  program
    .command('policy-from-log')
    .description('write the least policy that what an application did here would need on AWS')
    .option('--principal <arn>', 'only what this user, role or root did')
    .option(
      '--since <duration>',
      'only what was done in the last 90s, 15m or 2h; everything since the start when absent',
    )
    .option('--exact', 'name every object, however many there are')
    .option('--data-dir <directory>', 'the cloud that keeps its data here (CLOUDLET_DATA_DIR; ~/.cloudlet)')
    .addHelpText(
      'after',
      `
Run your application or its tests against this cloud, with whatever key; then ask. What was denied is in the policy too.

Examples:
  $ cloudlet policy-from-log --since 10m > policy.json
  $ aws iam create-policy --policy-name app --policy-document file://policy.json
${exitCodesHelp}`,
    )
    .action(async (flags: PolicyFromLogFlags) => {
      const { printPolicy } = await import('../least-policy.ts');
      await printPolicy(flags);
    });
}
