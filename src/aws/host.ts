// What was found out about this host when the cloud started; operations may decide by it, but not look for themselves.

import type { Capability } from '../drivers/capability.ts';

export interface HostFacts {
  /** What can really be done here, by the driver's name: `hypervisor`, `network`, `disks`, `images`. */
  readonly capabilities: Readonly<Record<string, Capability>>;
  /** The block that public addresses come from; absent where there is no network to reach them by. */
  readonly publicPool?: string;
}
