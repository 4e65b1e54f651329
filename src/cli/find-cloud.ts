// Which cloud a command means: the one that holds the data directory; else, for a user who may not read that (a cloud
// started with sudo), whichever answers at the endpoint that clients use.

import { type Environment, endpointOf, resolveConfig, resolveDataDirectory } from '../config.ts';
import { findHolder } from '../local/cloud-lock.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import type { CloudFlags } from './flags.ts';
import { type Callee, callJson } from './http-call.ts';
import { asTyped } from './output.ts';

export interface FoundCloud extends Callee {
  readonly pid: number;
  readonly cloudId: string;
  readonly version: string;
  readonly dataDirectory: string;
  readonly startedAtMs: number;
  /** As the cloud names itself. */
  readonly endpoint: string;
  readonly logPath?: string;
}

export async function requireCloud(flags: CloudFlags): Promise<FoundCloud> {
  const found = await findCloud(flags);
  if (found) return found;
  throw new CliError(
    `no cloud is running on ${resolveDataDirectory(flags)}. Start one with '${asTyped('start')}'.`,
    exitCodes.notRunning,
  );
}

export async function findCloud(flags: CloudFlags): Promise<FoundCloud | undefined> {
  const dataDirectory = resolveDataDirectory(flags);
  const holder = findHolder(dataDirectory);
  if (holder) {
    const { endpoint, address } = holder;
    if (endpoint === undefined || address === undefined)
      throw new CliError(`the cloud on ${dataDirectory} is still starting`);
    return { ...holder, dataDirectory, endpoint, address };
  }
  // A directory that was named means that one and no other.
  return flags.dataDir === undefined ? askAround() : undefined;
}

async function askAround(environment?: Environment): Promise<FoundCloud | undefined> {
  const config = resolveConfig({}, environment);
  const address = endpointOf({ host: config.host }, config.port);
  let answer: Record<string, unknown>;
  try {
    answer = await callJson({ address }, { path: '/_cloudlet/version', timeoutMs: 10_000 });
  } catch {
    return undefined; // nobody is there, or somebody who is no cloud
  }
  return {
    pid: Number(answer['pid']),
    cloudId: String(answer['cloudId']),
    version: String(answer['version']),
    dataDirectory: String(answer['dataDirectory']),
    startedAtMs: Date.parse(String(answer['startedAt'])),
    endpoint: String(answer['endpoint']),
    address,
  };
}
