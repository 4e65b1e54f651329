// Starts a cloud in this process and stays until it ends.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Config, resolveConfig } from '../config.ts';
import type { ImageBuildProgress } from '../drivers/images/images.ts';
import { OtherFormat } from '../drivers/other-format.ts';
import { systemClock } from '../kernel/clock.ts';
import { createLog } from '../kernel/log.ts';
import { DataDirectoryInUse, findHolder } from '../local/cloud-lock.ts';
import { version } from '../local/version.ts';
import { AddressInUse, AddressUnusable, type Running, type StartOptions, startCloud } from '../main.ts';
import { describeMissing, HostNotReady } from '../open-drivers.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import type { StartFlags } from './flags.ts';
import { letSmallHeapGrow } from './heap-growth.ts';
import { makeDataDirectory, makeImageDirectory } from './keep-directory.ts';
import { createLogSink } from './log-sink.ts';
import { asTyped, colors, formatBar, formatPairs, note, print } from './output.ts';

export async function start(flags: StartFlags, keepCompiled: () => Promise<void>): Promise<void> {
  const config = resolveConfig(flags);
  makeDataDirectory(config.dataDirectory);
  makeImageDirectory(config.imageDirectory);
  const holder = findHolder(config.dataDirectory);
  if (holder) throw taken(new DataDirectoryInUse(config.dataDirectory, holder));
  const isInBackground = flags.logPath !== undefined;
  if (!isInBackground) {
    const { ensureHostPackages } = await import('./host-packages.ts');
    await ensureHostPackages(config);
  }
  if (flags.detach) {
    const { startInBackground } = await import('./background.ts');
    return startInBackground(config);
  }
  await startHere(config, flags.logPath, keepCompiled);
}

async function startHere(
  config: Config,
  logPath: string | undefined,
  keepCompiled: () => Promise<void>,
): Promise<void> {
  const sink = createLogSink(config.logFormat);
  const log = createLog(config.logLevel, systemClock, sink);
  const onImageBuilds: StartOptions['onImageBuilds'] = (builds) => sink.setStatus(builds.map(formatBuild).join('   '));
  let running: Running;
  try {
    running = await startCloud({ config, log, onImageBuilds, ...(logPath !== undefined && { logPath }) });
  } catch (error) {
    throw explainStart(error);
  }
  stopOnSignals(running);
  letSmallHeapGrow(systemClock);
  print(formatBanner(config, running));
  // LocalStack's: Testcontainers and many scripts wait for this line.
  print('Ready.');
  process.send?.('ready');
  if (process.connected) process.disconnect();
  void keepCompiled();
  await running.stopped;
  // Whatever still holds the event loop open (a reconciliation that took too long) is taken up at the next start.
  process.exit(exitCodes.ok);
}

const formatBuild = ({ name, step, fraction }: ImageBuildProgress): string =>
  `building ${name}  ${formatBar(fraction)}  ${step}`;

function explainStart(error: unknown): unknown {
  if (error instanceof DataDirectoryInUse || error instanceof AddressInUse) return taken(error);
  return error instanceof HostNotReady || error instanceof AddressUnusable || error instanceof OtherFormat
    ? new CliError(error.message)
    : error;
}

const taken = (error: Error): CliError => new CliError(error.message, exitCodes.taken);

/** npm passes a Ctrl-C on to a process that the terminal has told already; that is one wish, not two. */
const sameSignalMs = 500;

function stopOnSignals(running: Running): void {
  let firstMs: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    const nowMs = systemClock.monotonicMs();
    if (firstMs !== undefined && nowMs - firstMs > sameSignalMs) process.exit(signal === 'SIGINT' ? 130 : 143);
    if (firstMs !== undefined) return;
    firstMs = nowMs;
    const others = running.opened.kind === 'lxc' ? '; instances keep running' : '';
    note(signal === 'SIGINT' ? `\nStopping${others}. Ctrl-C again leaves at once.` : 'Stopping.');
    // A failure to stop comes out of `running.stopped`.
    running.stop().catch(() => undefined);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}

function formatBanner(config: Config, { endpoint, opened, cloud }: Running): string {
  const isDefaultData = config.dataDirectory === join(homedir(), '.cloudlet');
  const suffix = isDefaultData ? '' : ` --data-dir ${config.dataDirectory}`;
  const lines = [
    '',
    `${colors.bold('cloudlet')} ${version}`,
    '',
    formatPairs([
      ['endpoint', colors.cyan(endpoint)],
      ['data', config.dataDirectory],
      ['instances', describeInstances(opened.kind, cloud.host.publicPool)],
    ]),
    '',
  ];
  if (opened.kind === 'none' && config.hypervisor === 'auto') {
    lines.push(
      colors.yellow(colors.bold('  Instances cannot run on this host, and RunInstances will refuse:')),
      ...opened.missing.map((capability) => colors.yellow(`  ${describeMissing(capability)}`)),
      `  '${asTyped('doctor')}' tells more. Everything that needs no instances works.`,
      '',
    );
  }
  lines.push(`  In another terminal:  eval $(${asTyped('env')}${suffix})  and then  aws ec2 describe-vpcs`, '');
  return lines.join('\n');
}

function describeInstances(kind: Running['opened']['kind'], publicPool: string | undefined): string {
  if (kind === 'lxc') return `LXC, with public addresses from ${publicPool ?? 'nowhere'}`;
  return kind === 'simulated' ? colors.yellow('SIMULATED: nothing boots') : colors.yellow('OFF');
}
