// `cloudlet explain`: why a call was allowed or denied, policy by policy.

import type { Command } from 'commander';
import { exitCodesHelp } from '../exit-codes.ts';
import type { ExplainFlags } from '../flags.ts';

export function addExplain(program: Command): void {
  program
    .command('explain')
    .argument('[request-id]', 'of the call; the last one that was denied when absent')
    .description('tell why a call was denied or allowed, policy by policy')
    .option('--list', 'list the calls that were denied lately')
    .option('--json', 'print JSON')
    .option('--data-dir <directory>', 'the cloud that keeps its data here (CLOUDLET_DATA_DIR; ~/.cloudlet)')
    .addHelpText(
      'after',
      `
The request id is in every answer: ResponseMetadata.RequestId in boto3, $metadata.requestId in the SDK for JavaScript,
x-amzn-RequestId with 'aws --debug'. The last thousand calls are remembered, and the last thousand denied ones.

Examples:
  $ cloudlet explain                   why was I refused just now?
  $ cloudlet explain --list
  $ cloudlet explain 5f1c2e9e-0f5a-4c1b-9a5e-3f0b6b1d7f10
${exitCodesHelp}`,
    )
    .action(async (requestId: string | undefined, flags: ExplainFlags) => {
      const { explainCall } = await import('../explain-call.ts');
      await explainCall(requestId, flags);
    });
}
