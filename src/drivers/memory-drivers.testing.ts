// Every driver in memory, for clouds of tests. What a test looks at from the other side, or wants to be different, it makes
// itself and puts in the place of one of these.

import type { Clock } from '../kernel/clock.ts';
import type { Random } from '../kernel/random.ts';
import { createFakeDisks } from './disks/fake-disks.ts';
import type { Drivers } from './drivers.ts';
import { createSimulatedHypervisor } from './hypervisor/simulated-hypervisor.ts';
import { createFakeImages } from './images/fake-images.ts';
import { createMemoryItems } from './items/memory-items.ts';
import { createMemoryMessages } from './messages/memory-messages.ts';
import { createFakeNetwork } from './network/fake-network.ts';
import { createMemoryObjects } from './objects/memory-objects.ts';
import { createFakeWeb } from './web/fake-web.ts';

export function createMemoryDrivers(clock: Clock, random: Random): Drivers {
  return {
    hypervisor: createSimulatedHypervisor({ clock, random }),
    network: createFakeNetwork(),
    disks: createFakeDisks(),
    images: createFakeImages(),
    items: createMemoryItems(),
    objects: createMemoryObjects(),
    messages: createMemoryMessages(clock),
    web: createFakeWeb(),
  };
}
