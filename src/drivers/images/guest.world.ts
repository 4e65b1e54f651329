// Guests of the real base images, for tests: LXC machines on loop disks in a network namespace that has nothing but
// them and a metadata stub, logged in to with ssh. A killed run leaves things behind that the next run finds by name.

import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import { createLoopDisks } from '../disks/loop-disks.ts';
import type { MachineSpec } from '../hypervisor/hypervisor.ts';
import { probeLxc } from '../hypervisor/lxc-host.ts';
import { createLxcHypervisor } from '../hypervisor/lxc-hypervisor.ts';
import { loadLibc } from '../network/libc.ts';
import { guestGatewayAddress, metadataAddress, resolverAddress } from '../network/network.ts';
import { CommandError, commandPath, type RunResult, run } from '../run.ts';
import { createBuiltImages } from './debootstrap-images.ts';
import { createMetadataStub, type MetadataStub } from './metadata-stub.testing.ts';

export interface GuestWorld {
  /** The stub that guests ask; silent until `startMetadata`. */
  readonly metadata: MetadataStub;
  startMetadata(): Promise<void>;
  /** The public key that lets this world log in. */
  readonly publicKey: string;
  /** A machine with a fresh copy of a base image, or of another machine's disk. */
  machine(id: string, source: { readonly image: string } | { readonly copyOf: string }): Promise<MachineSpec>;
  start(machine: MachineSpec): Promise<void>;
  stop(machine: MachineSpec): Promise<void>;
  /** Runs a shell command over ssh, waiting for the guest to let us in; throws unless it ends with 0. */
  ssh(user: string, command: string, options?: readonly string[]): Promise<string>;
  /** One attempt, whatever comes of it. */
  trySsh(user: string, command: string, options?: readonly string[]): Promise<RunResult>;
  /** What is on the console, once `text` is. */
  console(id: string, text: string): Promise<string>;
  remove(): Promise<void>;
}

/** All real tests on a machine share one build. */
export const testImageDirectory = join(tmpdir(), 'cloudlet-test-images');

const prefix = 'cloudletguests';
const guestAddress = '172.31.0.10';
export const guestFqdn = 'ip-172-31-0-10.ec2.internal';
const patienceMs = 30_000;

export const testImages = createBuiltImages({ directory: testImageDirectory, clock: systemClock, log: silentLog });

/** Why guests cannot be booted here; undefined when they can. */
export async function guestsReason(): Promise<string | undefined> {
  for (const { available, reason } of [await probeLxc(), await testImages.probe()]) if (!available) return reason;
  return commandPath('ssh') === undefined ? 'not installed: ssh' : undefined;
}

let worldCount = 0;

export async function makeGuestWorld(): Promise<GuestWorld> {
  await removeLeftovers();
  const cloudId = `${prefix}${process.pid}x${worldCount++}`;
  const root = await mkdtemp(join(tmpdir(), `${cloudId}-`));
  const namespacePath = await addNamespace(cloudId);
  const { hypervisor, disks } = openDrivers(root, cloudId);
  const keyPath = join(root, 'key');
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', keyPath]);
  const metadata = createMetadataStub();
  let isListening = false;

  const trySsh = (user: string, command: string, options: readonly string[] = []) => {
    const quiet = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'BatchMode=yes'];
    const fixed = ['-q', '-i', keyPath, '-o', 'ConnectTimeout=2', ...quiet];
    const argv = ['nsenter', `--net=${namespacePath}`, 'ssh', ...fixed, ...options, `${user}@${guestAddress}`, command];
    return run(argv, { timeoutMs: 120_000, okCodes: [...Array(256).keys()] });
  };

  return {
    metadata,
    async startMetadata() {
      const libc = await loadLibc();
      await metadata.listen(libc.insideNamespace(namespacePath, () => libc.boundSocket('tcp', metadataAddress, 80)));
      isListening = true;
    },
    publicKey: (await readFile(`${keyPath}.pub`, 'utf8')).trim(),
    async machine(id, source) {
      const sourcePath =
        'image' in source
          ? await testImages.ensureBuilt(source.image)
          : await volumeFileOf(join(root, 'volumes'), source.copyOf);
      await disks.ensureVolume({ id: volumeOf(id), sizeGiB: 8, sourcePath });
      return describeMachine(id, await disks.ensureAttached(volumeOf(id)));
    },
    start: (machine) => hypervisor.ensureRunning(machine),
    stop: (machine) => hypervisor.ensureStopped(machine.id, 20_000),
    trySsh,
    async ssh(user, command, options) {
      const giveUpAtMs = systemClock.monotonicMs() + patienceMs;
      for (;;) {
        const result = await trySsh(user, command, options);
        if (result.code === 0) return result.stdout;
        // 255 is ssh's own: nobody listens yet, or the key is not there yet.
        if (result.code !== 255 || systemClock.monotonicMs() > giveUpAtMs) {
          throw new CommandError(['ssh', user, command], result, false);
        }
        await systemClock.sleep(50);
      }
    },
    async console(id, text) {
      const giveUpAtMs = systemClock.monotonicMs() + patienceMs;
      for (;;) {
        const shown = Buffer.from(await hypervisor.consoleOutput(id)).toString('utf8');
        if (shown.includes(text)) return shown;
        if (systemClock.monotonicMs() > giveUpAtMs) throw new Error(`"${text}" is not on the console: ${shown}`);
        await systemClock.sleep(50);
      }
    },
    async remove() {
      if (isListening) await metadata.close();
      await hypervisor.close();
      await removeWorld(root, cloudId);
    },
  };
}

const volumeOf = (id: string) => `vol-${id.replace(/^i-/, '')}`;

/** The device would be read hole by hole. */
async function volumeFileOf(directory: string, id: string): Promise<string> {
  const name = (await readdir(directory)).find((each) => each.startsWith(volumeOf(id)));
  if (name === undefined) throw new Error(`${id} has no disk`);
  return join(directory, name);
}

function describeMachine(id: string, rootDevicePath: string): MachineSpec {
  const eth0 = {
    id: 'eni-0123456789abcdef0',
    vpcId: 'vpc-0123456789abcdef0',
    hostName: 'eniguest',
    macAddress: '02:00:00:00:00:10',
    privateAddress: guestAddress,
    mtu: 1500,
  };
  // Another name than the metadata's, which the guest is to take.
  return { id, hostname: 'unnamed', vcpus: 2, memoryMiB: 1024, rootDevicePath, interfaces: [eth0] };
}

async function addNamespace(name: string): Promise<string> {
  await run(['ip', 'netns', 'add', name]);
  // Nobody answers at the resolver's address, which guests learn at once instead of waiting.
  const local = [guestGatewayAddress, metadataAddress, resolverAddress];
  const addresses = local.map((address) => `address add ${address}/32 dev lo`);
  await run(['ip', '-netns', name, '-batch', '-'], { stdin: `${['link set lo up', ...addresses].join('\n')}\n` });
  return `/run/netns/${name}`;
}

function openDrivers(root: string, cloudId: string) {
  const options = { clock: systemClock, log: silentLog };
  const namespacePath = () => `/run/netns/${cloudId}`;
  return {
    hypervisor: createLxcHypervisor({ directory: join(root, 'machines'), cloudId, namespacePath, ...options }),
    disks: createLoopDisks({ directory: join(root, 'volumes'), ...options }),
  };
}

async function removeWorld(root: string, cloudId: string): Promise<void> {
  const { hypervisor, disks } = openDrivers(root, cloudId);
  for (const { id } of await hypervisor.list()) await hypervisor.ensureAbsent(id);
  for (const { id } of await disks.list()) await disks.ensureAbsent(id);
  await hypervisor.close();
  if (existsSync(`/run/netns/${cloudId}`)) await run(['ip', 'netns', 'delete', cloudId]);
  await rm(root, { recursive: true, force: true });
}

/** Removes the worlds of runs that are dead. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, cloudId, pid = ''] = new RegExp(`^(${prefix}(\\d+)x\\d+)-`).exec(name) ?? [];
    if (cloudId !== undefined && !existsSync(`/proc/${pid}`)) await removeWorld(join(tmpdir(), name), cloudId);
  }
}
