// Images that need no building, for simulations and tests. The object is the world: what is built outlives the control
// plane that a simulation crashes (`crash`) and the host that it reboots; a build that was under way then does not.

import { act, type FaultPlan, noFaults } from '../fault.ts';
import type { ImageBuildProgress, Images } from './images.ts';
import { baseImages, requireRecipe } from './recipes.ts';

export interface FakeImages extends Images {
  /** What callers did wrong. Nothing can be: every verb may be called at any time. */
  readonly violations: readonly string[];
  /** The control plane died, and its builds with it. */
  crash(): void;
  rebootHost(): void;
}

export interface FakeImagesOptions {
  /** Delays and failures; none when absent. */
  readonly faults?: FaultPlan;
}

export function createFakeImages({ faults = noFaults }: FakeImagesOptions = {}): FakeImages {
  const built = new Set<string>();
  let builds = new Map<string, Promise<string>>();

  const build = (name: string): Promise<string> => {
    const mine = builds;
    const finish = () => {
      if (mine !== builds) throw new Error(`the build of ${name} was cut off`);
      built.add(name);
      return pathOf(name);
    };
    return act(faults, `images.build ${name}`, finish).finally(() => mine.delete(name));
  };

  const ensureBuilt = async (name: string, onProgress?: (progress: ImageBuildProgress) => void): Promise<string> => {
    requireRecipe(name);
    if (built.has(name)) return pathOf(name);
    onProgress?.({ name, step: 'preparing', fraction: 0 });
    const running = builds.get(name) ?? build(name);
    builds.set(name, running);
    const path = await running;
    onProgress?.({ name, step: 'done', fraction: 1 });
    return path;
  };

  const cutOff = () => {
    builds = new Map();
  };

  return {
    probe: async () => ({ name: 'Base images', available: true }),
    bases: baseImages,
    isBuilt: async (name) => built.has(requireRecipe(name).name),
    ensureBuilt,
    violations: [],
    crash: cutOff,
    rebootHost: cutOff,
  };
}

const pathOf = (name: string) => `/images/${name}.ext4`;
