// A process of its own that starts a machine, says so, and waits to be killed. Argument: a file with the plan.

import { readFileSync } from 'node:fs';
import { systemClock } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import { createLxcHypervisor } from './lxc-hypervisor.ts';

const { machine, cloudId, directory, namespacePath } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const options = { directory, cloudId, namespacePath: () => namespacePath, clock: systemClock, log: silentLog };
await createLxcHypervisor(options).ensureRunning(machine);
process.stdout.write('started\n');
// Its input is a pipe that stays open, and keeps it alive.
process.stdin.resume();
