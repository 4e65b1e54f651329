// Versions on a real index, where what is decided is seen by the next change at once and by readers only later.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Items } from '../../drivers/items/items.ts';
import { openLmdbItems } from '../../drivers/items/lmdb-items.ts';
import type { ObjectVersion } from './version-record.ts';
import type { Identity, Place } from './versions.ts';
import { closeGate, getCurrent, openGate, putVersion, removeVersion, updateVersion } from './versions.ts';

const directory = mkdtempSync(join(tmpdir(), 'versions-'));
const bucketId = '0123456789abcdef';
let index: Items;

beforeAll(async () => {
  index = openLmdbItems({ directory, durability: 'strict' });
  await openGate(index, bucketId);
});
afterAll(async () => {
  await index.close();
  rmSync(directory, { recursive: true, force: true });
});

const placeOf = (key: string, versioning: Place['versioning']): Place => ({
  bucketName: 'b',
  bucketId,
  versioning,
  key,
});

const recordOf = (identity: Identity): ObjectVersion => ({
  kind: 'object',
  ...identity,
  owner: '000000000000',
  headers: {},
  storageClass: 'STANDARD',
  encryption: { kind: 'AES256' },
  modifiedMs: 0,
  bytes: 0,
  etag: 'e',
  body: { kind: 'none' },
});

const put = (place: Place) => putVersion(index, place, { chance: Buffer.alloc(18), record: recordOf });

test.each(['Enabled', 'Suspended', undefined] as const)(
  'many who change one key at once all get an answer (versions: %s)',
  async (versioning) => {
    const place = placeOf(`k-${versioning}`, versioning);
    const { record } = await put(place);
    const all = Array.from({ length: 30 }, (_, at) => [
      removeVersion(index, place, at % 2 === 0 ? record.versionId : undefined, {}),
      updateVersion(index, place, undefined, (before) => ({ ...before, legalHold: at % 2 === 0 })),
      put(place),
    ]);
    await Promise.all(all.flat());
    for (;;) {
      const current = await getCurrent(index, place);
      if (!current) break;
      await removeVersion(index, place, current.versionId, {});
    }
  },
);

test('a bucket can be closed when nothing is left in it', async () => {
  expect(await closeGate(index, bucketId)).toBe(true);
});
