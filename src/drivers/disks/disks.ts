// The narrow door to block storage. A volume is a sparse file; attached, it is a block device of the host.

import type { Capability } from '../capability.ts';

export interface VolumeSpec {
  /** The volume id, `vol-0123…`. */
  readonly id: string;
  readonly sizeGiB: number;
  /** The file whose bytes the volume starts with (an image or a snapshot); an empty volume when absent. */
  readonly sourcePath?: string;
}

export interface VolumeObservation {
  readonly id: string;
  readonly sizeGiB: number;
  /** The block device while attached: `/dev/loop7`. */
  readonly devicePath?: string;
}

export interface Disks {
  probe(): Promise<Capability>;
  /**
   * Makes the volume when it is not there: a sparse copy of its source, of exactly `sizeGiB`; a file system that fills
   * the source is grown to fill the volume. An existing volume is left as it is (but grown when `sizeGiB` is larger).
   */
  ensureVolume(volume: VolumeSpec): Promise<void>;
  /** Gives the volume a block device, and returns its path. The same one when it is attached already. */
  ensureAttached(id: string): Promise<string>;
  ensureDetached(id: string): Promise<void>;
  /** Detaches the volume and deletes its bytes. */
  ensureAbsent(id: string): Promise<void>;
  inspect(id: string): Promise<VolumeObservation | undefined>;
  /** Every volume of this cloud on the host, whoever made it. */
  list(): Promise<readonly VolumeObservation[]>;
}
