// Opens the engines that keep users' data, each in a place of its own below the data directory. Part of the
// composition root.

import { join } from 'node:path';
import type { Config } from './config.ts';
import type { DataDrivers } from './drivers/drivers.ts';
import { systemClock } from './kernel/clock.ts';
import { systemRandom } from './kernel/random.ts';

export interface OpenedDataDrivers {
  readonly drivers: DataDrivers;
  close(): Promise<void>;
}

export async function openDataDrivers({ dataDirectory, durability }: Config): Promise<OpenedDataDrivers> {
  const [{ openLmdbItems }, { openFileObjects }, { openLmdbMessages }] = await Promise.all([
    import('./drivers/items/lmdb-items.ts'),
    import('./drivers/objects/file-objects.ts'),
    import('./drivers/messages/lmdb-messages.ts'),
  ]);
  const items = openLmdbItems({ directory: join(dataDirectory, 'items'), durability });
  const objects = openFileObjects({ directory: join(dataDirectory, 'objects'), durability, random: systemRandom });
  const messages = openLmdbMessages({ directory: join(dataDirectory, 'messages'), durability, clock: systemClock });
  return {
    drivers: { items, objects, messages },
    async close() {
      await items.close();
      await objects.close();
      await messages.close();
    },
  };
}
