// Objects on this machine: the index in LMDB, bodies as plain files beside it.

import { join } from 'node:path';
import type { Random } from '../../kernel/random.ts';
import { openLmdbItems } from '../items/lmdb-items.ts';
import { openFileBodies } from './file-bodies.ts';
import type { Objects } from './objects.ts';

export interface FileObjectsOptions {
  readonly directory: string;
  readonly durability: 'strict' | 'relaxed';
  readonly random: Random;
}

export function openFileObjects({ directory, durability, random }: FileObjectsOptions): Objects {
  const index = openLmdbItems({ directory: join(directory, 'index'), durability });
  const bodies = openFileBodies({ directory: join(directory, 'bodies'), durability, random });
  return {
    index,
    bodies,
    close() {
      bodies.close();
      return index.close();
    },
  };
}
