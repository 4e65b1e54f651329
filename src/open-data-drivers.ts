// Opens the engines that keep users' data, each in a place of its own below the data directory. Part of the
// composition root.

import { join } from 'node:path';
import type { Config } from './config.ts';
import type { DataDrivers } from './drivers/drivers.ts';

export interface OpenedDataDrivers {
  readonly drivers: DataDrivers;
  close(): Promise<void>;
}

export async function openDataDrivers({ dataDirectory, durability }: Config): Promise<OpenedDataDrivers> {
  const { openLmdbItems } = await import('./drivers/items/lmdb-items.ts');
  const items = openLmdbItems({ directory: join(dataDirectory, 'items'), durability });
  return { drivers: { items }, close: () => items.close() };
}
