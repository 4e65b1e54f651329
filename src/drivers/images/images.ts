// The narrow door to machine images: named base systems that are built on first use and cached.

import type { Capability } from '../capability.ts';

export interface ImageBuildProgress {
  readonly name: string;
  /** What is being done, for a person: "installing openssh-server". */
  readonly step: string;
  /** From 0 to 1. */
  readonly fraction: number;
}

export interface BaseImage {
  /** `debian-12`, `ubuntu-24.04`. */
  readonly name: string;
  /** The user that a person logs in as: `admin`, `ubuntu`. */
  readonly defaultUser: string;
  readonly sizeGiB: number;
}

export interface Images {
  probe(): Promise<Capability>;
  /** What can be built here, built or not. */
  readonly bases: readonly BaseImage[];
  isBuilt(name: string): Promise<boolean>;
  /**
   * Returns the path of the image's root file system (a sparse ext4 file), building it first when needed.
   * Concurrent calls share one build. A build that was cut off leaves nothing that looks built.
   */
  ensureBuilt(name: string, onProgress?: (progress: ImageBuildProgress) => void): Promise<string>;
}
