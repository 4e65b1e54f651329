// Finds an instance through the EC2 API as any client does, and hands over to the real ssh.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { resolveDataDirectory, resolveRegion } from '../config.ts';
import { commandPath } from '../drivers/run.ts';
import type { Instance } from '../generated/ec2.types.ts';
import { type ApiOptions, createApi } from './api.ts';
import { CliError } from './exit-codes.ts';
import { requireCloud } from './find-cloud.ts';
import type { SshFlags } from './flags.ts';

export interface SshTarget {
  readonly instanceId: string;
  readonly address: string;
  readonly user: string;
  /** Absent when only ssh knows. */
  readonly keyPath?: string | undefined;
}

export async function logIn(name: string, command: readonly string[], flags: SshFlags): Promise<void> {
  if (commandPath('ssh') === undefined) {
    throw new CliError('ssh is not installed: sudo apt-get install openssh-client');
  }
  const { address } = await requireCloud(flags);
  const directory = sshDirectory(flags);
  const api: ApiOptions = {
    address,
    region: flags.region ?? resolveRegion(),
    ...(flags.account !== undefined && { accessKeyId: flags.account }),
  };
  const instance = await findInstance(api, name);
  const target: SshTarget = {
    instanceId: instance.InstanceId ?? '',
    address: requireAddress(instance),
    user: flags.user ?? (await defaultUserOf(api, instance)),
    keyPath: flags.identity === undefined ? findKey(directory, instance.KeyName) : requireFile(flags.identity),
  };
  process.exitCode = await runSsh([...sshArgs(target, directory), ...command]);
}

/** Keys and known hosts of one cloud: addresses are used again by others, so they are no business of ~/.ssh. */
export function sshDirectory(flags: Pick<SshFlags, 'dataDir'>): string {
  const directory = join(resolveDataDirectory(flags), 'ssh');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}

export function sshArgs({ instanceId, address, user, keyPath }: SshTarget, directory: string): readonly string[] {
  return [
    ...(keyPath === undefined ? [] : ['-i', keyPath, '-o', 'IdentitiesOnly=yes']),
    ...['-o', `UserKnownHostsFile=${join(directory, 'known_hosts')}`],
    // A host is known by its instance, not by the address that it has for the time being.
    ...['-o', `HostKeyAlias=${instanceId}`, '-o', 'CheckHostIP=no', '-o', 'StrictHostKeyChecking=accept-new'],
    ...['-o', 'LogLevel=ERROR', '-o', 'ConnectTimeout=10'],
    // An instance that is stopped says nothing any more.
    ...['-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3'],
    `${user}@${address}`,
  ];
}

function runSsh(args: readonly string[]): Promise<number> {
  return new Promise((resolveCode, reject) => {
    const child = spawn('ssh', [...args], { stdio: 'inherit' });
    // A Ctrl-C is for the far side.
    process.on('SIGINT', () => undefined);
    child.on('error', reject);
    child.on('close', (code, signal) => resolveCode(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

async function findInstance(api: ApiOptions, name: string): Promise<Instance> {
  const ec2 = createApi('ec2', api);
  const isId = /^i-[0-9a-f]{8,17}$/.test(name);
  const { Reservations = [] } = await ec2.DescribeInstances(
    isId ? { InstanceIds: [name] } : { Filters: [{ Name: 'tag:Name', Values: [name] }] },
  );
  const found = Reservations.flatMap(({ Instances = [] }) => Instances);
  const alive = found.filter(({ State }) => State?.Name !== 'terminated');
  const running = alive.filter(({ State }) => State?.Name === 'running');
  const [only] = running;
  if (only && running.length === 1) return only;
  if (running.length > 1) {
    const ids = running.map(({ InstanceId }) => InstanceId).join(', ');
    throw new CliError(`several running instances are called ${name}: ${ids}. Say which by its id.`);
  }
  const [other] = alive;
  if (other) throw new CliError(`${name} (${other.InstanceId}) is ${other.State?.Name}, not running`);
  throw new CliError(`there is no instance ${isId ? name : `named ${name}`} in ${api.region}`);
}

function requireAddress({ PublicIpAddress, InstanceId }: Instance): string {
  if (PublicIpAddress) return PublicIpAddress;
  throw new CliError(`${InstanceId} has no public address, so it cannot be reached from this host`);
}

/** As the images' makers have it. An image made of an instance usually keeps the name of its system in its own. */
async function defaultUserOf(api: ApiOptions, { ImageId }: Instance): Promise<string> {
  const { Images = [] } = await createApi('ec2', api).DescribeImages(ImageId ? { ImageIds: [ImageId] } : {});
  const about = Images.map(({ Name = '', Description = '' }) => `${Name} ${Description}`).join(' ');
  return /ubuntu/i.test(about) ? 'ubuntu' : 'admin';
}

function findKey(directory: string, keyName: string | undefined): string | undefined {
  if (keyName === undefined) return undefined;
  const home = join(homedir(), '.ssh');
  const places = [
    join(directory, `${keyName}.pem`),
    resolve(`${keyName}.pem`),
    join(home, `${keyName}.pem`),
    join(home, keyName),
  ];
  return places.find((path) => existsSync(path));
}

function requireFile(path: string): string {
  if (!existsSync(path)) throw new CliError(`there is no key ${path}`);
  return path;
}
