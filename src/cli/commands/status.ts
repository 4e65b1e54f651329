// `cloudlet status`: whether a cloud runs, where, and what it is at.

import type { Command } from 'commander';
import { exitCodesHelp } from '../exit-codes.ts';
import { requireCloud } from '../find-cloud.ts';
import type { CloudFlags } from '../flags.ts';
import { callJson } from '../http-call.ts';
import { colors, formatDuration, formatPairs, print, printJson } from '../output.ts';

interface StatusFlags extends CloudFlags {
  readonly json?: boolean;
}

interface Activity {
  readonly reconciler: string;
  readonly key: string;
  readonly state: 'queued' | 'running' | 'waiting';
  readonly failures: number;
  readonly lastError?: string;
}

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('tell whether a cloud runs, where, and what it is working on')
    .option('--data-dir <directory>', 'the cloud that keeps its data here (CLOUDLET_DATA_DIR; ~/.cloudlet)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ cloudlet status
  $ cloudlet status --json | jq -r .endpoint
${exitCodesHelp}`,
    )
    .action(showStatus);
}

async function showStatus(flags: StatusFlags): Promise<void> {
  const cloud = await requireCloud(flags);
  const { logPath } = cloud;
  const timeoutMs = 30_000;
  const [about, { activities }, { host }] = await Promise.all([
    callJson(cloud, { path: '/_cloudlet/version', timeoutMs }),
    callJson(cloud, { path: '/_cloudlet/reconcilers', timeoutMs }) as Promise<{ activities?: readonly Activity[] }>,
    callJson(cloud, { path: '/_cloudlet/capabilities', timeoutMs }),
  ]);
  // What waits for its time, and did not fail, is nothing to wait for.
  const busy = (activities ?? []).filter(({ state, failures }) => state !== 'waiting' || failures > 0);
  const failing = busy.filter(({ failures }) => failures > 0);
  if (flags.json) {
    return printJson({ running: true, ...about, ...(logPath && { logPath }), host, busy: busy.length, failing });
  }
  print(
    formatPairs(
      [
        ['endpoint', colors.cyan(String(about['endpoint']))],
        ['data', String(about['dataDirectory'])],
        ['instances', String(about['hypervisor'])],
        ['process', `${about['pid']}, version ${about['version']}, Node ${about['node']}`],
        ['up', `${formatDuration(Number(about['uptimeSeconds']) * 1000)}, ${about['memoryMiB']} MiB of memory`],
        ['work', describeWork(busy.length, failing.length)],
      ],
      '',
    ),
  );
  for (const { reconciler, key, lastError } of failing) {
    print(colors.yellow(`  ${reconciler} ${key} will be tried again: ${lastError ?? ''}`));
  }
}

function describeWork(busy: number, failing: number): string {
  if (busy === 0) return 'nothing to do';
  return `${busy} under way${failing === 0 ? '' : `, ${failing} of them failing`}`;
}
