// Opens the doors to the world that this host has, and says which are shut and why. Part of the composition root.
// The real drivers are loaded only where they are used.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { Capability } from './drivers/capability.ts';
import type { Drivers, HostDrivers } from './drivers/drivers.ts';
import type { Hypervisor } from './drivers/hypervisor/hypervisor.ts';
import { forgetTrials } from './drivers/trial.ts';
import { createNodeWeb } from './drivers/web/node-web.ts';
import type { Clock } from './kernel/clock.ts';
import type { Log } from './kernel/log.ts';
import { systemRandom } from './kernel/random.ts';
import { openDataDrivers } from './open-engines.ts';

export interface OpenedDrivers {
  readonly drivers: Drivers;
  readonly kind: Hypervisor['kind'];
  /** Why there are no real machines, when there are none. */
  readonly missing: readonly Capability[];
  close(): Promise<void>;
}

export interface OpenDriversOptions {
  readonly config: Config;
  /** Tells this cloud's things on the host from another's. */
  readonly cloudId: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** `--hypervisor=lxc` was asked for, and this host cannot. */
export class HostNotReady extends Error {
  constructor(missing: readonly Capability[]) {
    super(`this host cannot run instances:\n${missing.map(describeMissing).join('\n')}`);
  }
}

export function describeMissing({ name, reason, remedy }: Capability): string {
  return `  ${name}: ${reason ?? 'not available'}${remedy === undefined ? '' : ` (${remedy})`}`;
}

export async function openDrivers(options: OpenDriversOptions): Promise<OpenedDrivers> {
  const [host, engines] = await Promise.all([openHostDrivers(options), openDataDrivers(options.config)]);
  return {
    ...host,
    drivers: { ...host.drivers, ...engines.drivers, web: createNodeWeb() },
    async close() {
      await host.close();
      await engines.close();
    },
  };
}

type OpenedHostDrivers = Omit<OpenedDrivers, 'drivers'> & { readonly drivers: HostDrivers };

async function openHostDrivers(options: OpenDriversOptions): Promise<OpenedHostDrivers> {
  const { hypervisor } = options.config;
  if (hypervisor === 'simulated') return openSimulated(options);
  if (hypervisor === 'none') return openNothing(switchedOff);
  const real = await openReal(options);
  if (real.missing.length === 0) {
    mkdirSync(join(options.config.dataDirectory, 'network'), { recursive: true });
    // Begun now, so that it is under way while files are opened; whoever needs it asks again, and hears of failures.
    real.drivers.network.publicPool().catch(() => undefined);
    return real;
  }
  await real.close();
  if (hypervisor === 'lxc') throw new HostNotReady(real.missing);
  return openNothing(real.missing);
}

/** Whether instances could be run here, whatever is configured. */
export async function probeHost(options: OpenDriversOptions): Promise<readonly Capability[]> {
  forgetTrials();
  const { drivers, close } = await openReal(options);
  const capabilities = await Promise.all(doorNames.map((door) => drivers[door].probe()));
  await close();
  return capabilities;
}

const doorNames = ['hypervisor', 'network', 'disks', 'images'] as const;

async function openReal({ config, cloudId, clock, log }: OpenDriversOptions): Promise<OpenedHostDrivers> {
  const [{ createLxcHypervisor }, { createNamespaceNetwork }, { createLoopDisks }, { createBuiltImages }] =
    await Promise.all([
      import('./drivers/hypervisor/lxc-hypervisor.ts'),
      import('./drivers/network/namespace-network.ts'),
      import('./drivers/disks/loop-disks.ts'),
      import('./drivers/images/debootstrap-images.ts'),
    ]);
  const directory = (name: string) => join(config.dataDirectory, name);
  const network = createNamespaceNetwork({ cloudId, stateDirectory: directory('network'), clock, log });
  const { namespacePath } = network;
  const hypervisor = createLxcHypervisor({ directory: directory('machines'), cloudId, namespacePath, clock, log });
  const drivers: HostDrivers = {
    hypervisor,
    network,
    disks: createLoopDisks({ directory: directory('volumes'), clock, log }),
    images: createBuiltImages({ directory: config.imageDirectory, mirrors: config.mirrors, clock, log }),
  };
  const capabilities = await Promise.all(doorNames.map((door) => drivers[door].probe()));
  return {
    drivers: withProbes(drivers, capabilities),
    kind: 'lxc',
    missing: capabilities.filter(({ available }) => !available),
    close: () => closeAll(drivers),
  };
}

async function openSimulated({ clock }: OpenDriversOptions): Promise<OpenedHostDrivers> {
  const { createSimulatedHypervisor } = await import('./drivers/hypervisor/simulated-hypervisor.ts');
  const hypervisor = createSimulatedHypervisor({ clock, random: systemRandom });
  const drivers: HostDrivers = { hypervisor, ...(await createFakeSurroundings()) };
  return { drivers, kind: 'simulated', missing: [], close: () => closeAll(drivers) };
}

/** Nothing behind the doors: what needs one is refused before it comes there, with the reason why it is shut. */
async function openNothing(missing: readonly Capability[]): Promise<OpenedHostDrivers> {
  const { createNoHypervisor } = await import('./drivers/hypervisor/no-hypervisor.ts');
  const surroundings = await createFakeSurroundings();
  const named = await Promise.all(
    [surroundings.network, surroundings.disks, surroundings.images].map((door) => door.probe()),
  );
  const [first = noReason] = missing;
  const capabilities = [
    first,
    ...named.map(({ name }) => missing.find((other) => other.name === name) ?? { ...first, name }),
  ];
  const drivers = withProbes({ hypervisor: createNoHypervisor(first), ...surroundings }, capabilities);
  return { drivers, kind: 'none', missing, close: () => closeAll(drivers) };
}

const noReason: Capability = { name: 'EC2 instances', available: false };

const switchedOff: readonly Capability[] = [
  { ...noReason, reason: 'the cloud was started with --hypervisor=none', remedy: 'start it without that flag' },
];

/** The same drivers; looking at the host costs some processes and has been done. */
function withProbes(drivers: HostDrivers, [hypervisor, network, disks, images]: readonly Capability[]): HostDrivers {
  const known = (capability: Capability | undefined) => () => Promise.resolve(capability as Capability);
  return {
    hypervisor: { ...drivers.hypervisor, probe: known(hypervisor) },
    network: { ...drivers.network, probe: known(network) },
    disks: { ...drivers.disks, probe: known(disks) },
    images: { ...drivers.images, probe: known(images) },
  };
}

/** What a machine stands on, in memory. */
async function createFakeSurroundings(): Promise<Omit<HostDrivers, 'hypervisor'>> {
  const [{ createFakeNetwork }, { createFakeDisks }, { createFakeImages }] = await Promise.all([
    import('./drivers/network/fake-network.ts'),
    import('./drivers/disks/fake-disks.ts'),
    import('./drivers/images/fake-images.ts'),
  ]);
  return { network: createFakeNetwork(), disks: createFakeDisks(), images: createFakeImages() };
}

async function closeAll({ hypervisor, network }: HostDrivers): Promise<void> {
  await hypervisor.close();
  await network.close();
}
