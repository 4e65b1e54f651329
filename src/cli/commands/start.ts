// `cloudlet start`: runs a cloud in the foreground, or in the background with --detach.

import { type Command, Option } from 'commander';
import { exitCodesHelp } from '../exit-codes.ts';
import type { StartFlags } from '../flags.ts';

export function addStart(program: Command, keepCompiled: () => Promise<void>): void {
  program
    .command('start')
    .description('start a cloud; it runs until it is stopped, and finds everything again when it is started next')
    .option('--port <port>', 'listen on this port; 0 for any (CLOUDLET_PORT; 4566)')
    .option('--host <address>', 'listen on this address (CLOUDLET_HOST, GATEWAY_LISTEN; 127.0.0.1)')
    .option('--data-dir <directory>', 'keep everything here (CLOUDLET_DATA_DIR; ~/.cloudlet)')
    .option('--image-dir <directory>', 'keep built base images here (CLOUDLET_IMAGE_DIR; images in the data directory)')
    .option('--hypervisor <kind>', 'auto, lxc, none, or simulated (CLOUDLET_HYPERVISOR; auto)')
    .option('--auth <mode>', 'lenient takes unknown keys, strict refuses them (CLOUDLET_AUTH; lenient)')
    .option('--log <level>', 'trace, debug, info, warn, error or silent (CLOUDLET_LOG; info)')
    .option(
      '--durability <mode>',
      'strict: acknowledge what the disk has; relaxed: sooner (CLOUDLET_DURABILITY; strict)',
    )
    .option('--throttling <mode>', "on: DynamoDB keeps to its tables' throughput (CLOUDLET_THROTTLING; off)")
    .option(
      '--new-buckets <kind>',
      'classic: with access lists, open to public access; current: as AWS makes them (CLOUDLET_NEW_BUCKETS; classic)',
    )
    .option('--log-format <format>', 'text or json (CLOUDLET_LOG_FORMAT; text)')
    .option('--no-install', 'install no missing packages of the host, even as root (CLOUDLET_INSTALL=0)')
    .option('-d, --detach', 'go to the background when the cloud is ready; see its log with: cloudlet logs')
    .addOption(new Option('--log-path <path>').hideHelp())
    .addHelpText(
      'after',
      `
Instances need root and Linux; everything else does not. Without them the cloud starts all the same, says what is
missing, and refuses to run instances.

Examples:
  $ sudo cloudlet start
  $ sudo cloudlet start --detach
  $ cloudlet start --port 5000 --data-dir ./cloud      a second cloud beside the first
  $ cloudlet start --hypervisor simulated              instances that only claim to run, for tests of other tools
${exitCodesHelp}`,
    )
    .action(async (flags: StartFlags) => {
      const { start } = await import('../start.ts');
      // commander sets `install` when the flag is absent too, which would hide the environment variable.
      await start(flags.install === false ? flags : { ...flags, install: undefined }, keepCompiled);
    });
}
