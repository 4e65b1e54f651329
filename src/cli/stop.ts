// Stops a running cloud and waits until its process is gone. With --all, instances that an earlier stop has left running
// are ended as well: by a cloud that is started for just that.

import { existsSync } from 'node:fs';
import { resolveConfig, resolveDataDirectory } from '../config.ts';
import { systemClock } from '../kernel/clock.ts';
import { createLog } from '../kernel/log.ts';
import { isProcess } from '../local/cloud-lock.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { type FoundCloud, findCloud } from './find-cloud.ts';
import type { StopFlags } from './flags.ts';
import { callJson } from './http-call.ts';
import { print, printJson } from './output.ts';

/** The cloud itself gives requests and reconciliations some seconds, and hooks as long as they take. */
const exitPatienceMs = 120_000;
const exitPollMs = 20;

export async function stop(flags: StopFlags): Promise<void> {
  const { all = false, json } = flags;
  const cloud = await findCloud(flags);
  if (!cloud && !(all && existsSync(resolveDataDirectory(flags)))) {
    throw new CliError(`no cloud is running on ${resolveDataDirectory(flags)}`, exitCodes.notRunning);
  }
  const { stoppedInstances, hypervisor } = cloud ? await stopRunning(cloud, all) : await stopLeftovers(flags);
  if (json) return printJson({ stopped: cloud !== undefined, stoppedInstances });
  if (all) print(`Stopped ${stoppedInstances.length === 1 ? '1 instance' : `${stoppedInstances.length} instances`}.`);
  const others = !all && hypervisor === 'lxc' ? ' Its instances keep running.' : '';
  if (cloud) print(`Stopped the cloud on ${cloud.dataDirectory}.${others}`);
}

interface Stopped {
  readonly stoppedInstances: readonly string[];
  readonly hypervisor: string;
}

async function stopRunning(cloud: FoundCloud, all: boolean): Promise<Stopped> {
  const { pid } = cloud;
  const answer = await callJson(cloud, { method: 'POST', path: '/_cloudlet/stop', body: JSON.stringify({ all }) });
  const deadlineMs = systemClock.monotonicMs() + exitPatienceMs;
  while (isProcess(pid)) {
    if (systemClock.monotonicMs() > deadlineMs) {
      throw new CliError(`the cloud (process ${pid}) was asked to stop and has not; 'kill -9 ${pid}' loses nothing`);
    }
    await systemClock.sleep(exitPollMs);
  }
  return answer as unknown as Stopped;
}

async function stopLeftovers(flags: StopFlags): Promise<Stopped> {
  const { startCloud } = await import('../main.ts');
  const { createLogSink } = await import('./log-sink.ts');
  const { initDirectory: _noHooks, ...config } = resolveConfig({ ...flags, port: '0', host: '127.0.0.1', log: 'warn' });
  const log = createLog(config.logLevel, systemClock, createLogSink('text'));
  const running = await startCloud({ config, log });
  const stoppedInstances = await running.stopInstances();
  await running.stop({ all: true });
  return { stoppedInstances, hypervisor: running.opened.kind };
}
