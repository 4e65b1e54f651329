// The doors to the world that a cloud is given. main.ts opens the real ones; simulations and tests pass fakes.

import type { Disks } from './disks/disks.ts';
import type { Hypervisor } from './hypervisor/hypervisor.ts';
import type { Images } from './images/images.ts';
import type { Items } from './items/items.ts';
import type { Messages } from './messages/messages.ts';
import type { Network } from './network/network.ts';
import type { Objects } from './objects/objects.ts';
import type { Web } from './web/web.ts';

export interface Drivers extends HostDrivers, DataDrivers {
  /** Web servers that users name. */
  readonly web: Web;
}

/** What machines run on. Not every host can. */
export interface HostDrivers {
  readonly hypervisor: Hypervisor;
  readonly network: Network;
  readonly disks: Disks;
  readonly images: Images;
}

/** Where users' data is. Every host can. */
export interface DataDrivers {
  /** Of DynamoDB's tables. */
  readonly items: Items;
  /** Of S3's buckets. */
  readonly objects: Objects;
  /** Of SQS's queues. */
  readonly messages: Messages;
}
