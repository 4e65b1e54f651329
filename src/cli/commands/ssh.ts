// `cloudlet ssh`: logs in to an instance by its id or name.

import type { Command } from 'commander';
import { exitCodesHelp } from '../exit-codes.ts';
import type { SshFlags } from '../flags.ts';

export function addSsh(program: Command): void {
  program
    .command('ssh')
    .description('log in to an instance, or run a command on it')
    .argument('<instance>', 'its id, or its Name tag')
    .argument('[command...]', 'what to run there, after --')
    .option('-i, --identity <file>', 'the private key; by default the one saved under the name of its key pair')
    .option('-u, --user <name>', "who to log in as; by default the image's own user")
    .option('--region <region>', 'where the instance is (AWS_REGION, AWS_DEFAULT_REGION; us-east-1)')
    .option('--account <number>', 'whose it is (000000000000)')
    .option('--data-dir <directory>', 'the cloud that keeps its data here (CLOUDLET_DATA_DIR; ~/.cloudlet)')
    .addHelpText(
      'after',
      `
The key is looked for as KEYPAIR.pem in the cloud's own keys, in this directory and in ~/.ssh, and as ~/.ssh/KEYPAIR;
if it is in none of them, ssh tries the keys that it knows.
Ends with the exit code of the command, or of ssh.

Examples:
  $ cloudlet ssh web-1
  $ cloudlet ssh i-0123456789abcdef0 -i key.pem
  $ cloudlet ssh web-1 -- sudo journalctl -f
${exitCodesHelp}`,
    )
    .action(async (instance: string, command: readonly string[], flags: SshFlags) => {
      const { logIn } = await import('../log-in.ts');
      await logIn(instance, command, flags);
    });
}
