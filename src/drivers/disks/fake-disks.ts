// Volumes in memory, for simulations and tests. The object is the world: it outlives the control plane that a
// simulation crashes (`crash`) and the host that it reboots (`rebootHost`).

import { createStage, type FaultPlan, noFaults } from '../fault.ts';
import type { Disks, VolumeObservation, VolumeSpec } from './disks.ts';

export interface FakeDisks extends Disks {
  /** What callers did wrong, oldest first: overlapping acts on one volume, an attach of a volume that is not there. */
  readonly violations: readonly string[];
  /** What is there, whatever the faults. */
  volumes(): readonly VolumeObservation[];
  /** What a volume's first bytes were; undefined for an empty one. */
  sourceOf(id: string): string | undefined;
  /** Makes a volume that no row knows. */
  plantStray(id: string): void;
  /** The control plane died; whatever it had under way may still take effect. */
  crash(): void;
  /** Every attachment is gone. */
  rebootHost(): void;
}

interface FakeVolume {
  sizeGiB: number;
  readonly sourcePath: string | undefined;
  devicePath: string | undefined;
}

export interface FakeDisksOptions {
  /** Delays and failures; none when absent. */
  readonly faults?: FaultPlan;
}

export function createFakeDisks({ faults = noFaults }: FakeDisksOptions = {}): FakeDisks {
  const volumes = new Map<string, FakeVolume>();
  const stage = createStage('disks', faults);
  let deviceCount = 0;

  const observe = (id: string, { sizeGiB, devicePath }: FakeVolume): VolumeObservation =>
    devicePath === undefined ? { id, sizeGiB } : { id, sizeGiB, devicePath };

  const attach = (id: string): string => {
    const volume = volumes.get(id);
    if (!volume) return stage.violate(`attach of ${id}, which does not exist`);
    volume.devicePath ??= `/dev/fake${deviceCount++}`;
    return volume.devicePath;
  };

  const make = ({ id, sizeGiB, sourcePath }: VolumeSpec): void => {
    if (!Number.isInteger(sizeGiB) || sizeGiB < 1) stage.violate(`${id} of ${sizeGiB} GiB`);
    const volume = volumes.get(id);
    if (volume) volume.sizeGiB = Math.max(volume.sizeGiB, sizeGiB);
    else volumes.set(id, { sizeGiB, sourcePath, devicePath: undefined });
  };

  return {
    probe: async () => ({ name: 'EBS volumes', available: true }),
    ensureVolume: (volume) => stage.change('ensureVolume', volume.id, () => make(volume)),
    ensureAttached: (id) => stage.change('ensureAttached', id, () => attach(id)),
    ensureDetached: (id) =>
      stage.change('ensureDetached', id, () => {
        const volume = volumes.get(id);
        if (volume) volume.devicePath = undefined;
      }),
    ensureAbsent: (id) =>
      stage.change('ensureAbsent', id, () => {
        volumes.delete(id);
      }),
    inspect: (id) =>
      stage.look('inspect', () => {
        const volume = volumes.get(id);
        return volume && observe(id, volume);
      }),
    list: () => stage.look('list', () => Array.from(volumes, ([id, volume]) => observe(id, volume))),

    violations: stage.violations,
    volumes: () => Array.from(volumes, ([id, volume]) => observe(id, volume)),
    sourceOf: (id) => volumes.get(id)?.sourcePath,
    plantStray: (id) => make({ id, sizeGiB: 8 }),
    crash: stage.abandon,
    rebootHost() {
      stage.abandon();
      for (const volume of volumes.values()) volume.devicePath = undefined;
    },
  };
}
