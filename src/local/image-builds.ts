// Remembers how far the building of base images is, so that whoever waits for an instance can be told why.

import type { ImageBuildProgress, Images } from '../drivers/images/images.ts';

export interface ImageBuilds {
  /** The same images, observed. */
  readonly images: Images;
  /** Builds under way. */
  current(): readonly ImageBuildProgress[];
}

/** `onChange` is called with the builds under way whenever one of them begins, gets on, or ends. */
export function observeImageBuilds(
  images: Images,
  onChange: (builds: readonly ImageBuildProgress[]) => void = () => undefined,
): ImageBuilds {
  const builds = new Map<string, ImageBuildProgress>();
  const current = () => [...builds.values()];
  return {
    images: {
      ...images,
      async ensureBuilt(name, onProgress) {
        try {
          return await images.ensureBuilt(name, (progress) => {
            builds.set(name, progress);
            onChange(current());
            onProgress?.(progress);
          });
        } finally {
          if (builds.delete(name)) onChange(current());
        }
      },
    },
    current,
  };
}
