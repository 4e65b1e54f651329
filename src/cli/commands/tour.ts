// `cloudlet tour`: the first journey, for somebody who wants to see it before typing it.

import type { Command } from 'commander';
import { exitCodesHelp } from '../exit-codes.ts';
import type { TourFlags } from '../flags.ts';

export function addTour(program: Command): void {
  program
    .command('tour')
    .description('go from nothing to a web page on an instance, step by step, with real timings')
    .option('--keep', 'leave the instance, its key and its security group there at the end')
    .option('--data-dir <directory>', 'the cloud that keeps its data here (CLOUDLET_DATA_DIR; ~/.cloudlet)')
    .option('--json', 'print the steps and how long they took as JSON, and nothing else')
    .addHelpText(
      'after',
      `
A key pair, a security group, an instance, a login, Node, a page that nobody reaches until its port is opened, pm2, a
stop and a start, and the end of it all: each with the command that does the same. Everything it makes it takes away
again, also when it fails or is interrupted. The first time, the base image is built, which takes half a minute.

Examples:
  $ cloudlet tour
  $ cloudlet tour --keep && cloudlet ssh tour
${exitCodesHelp}`,
    )
    .action(async (flags: TourFlags) => {
      const { giveTour } = await import('../tour.ts');
      await giveTour(flags);
    });
}
