// What a crash left behind: buckets that are half made or half gone, bodies that nothing refers to, uploads of buckets
// that are no more. Runs at start and in the sweep.

import type { World } from '../../aws/service.ts';
import { afterPrefix } from '../../drivers/items/items.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { doomBody, releaseBody } from './bodies.ts';
import { buckets } from './buckets.table.ts';
import { bodyIdOf, bodyKey, bucketPrefix, countOf, kindPrefix } from './object-index.ts';
import { bucketsWith } from './pending-buckets.ts';
import { dropUploads } from './uploads.ts';
import type { BodyRef } from './version-record.ts';
import { decodeVersion } from './version-text.ts';
import { openGate } from './versions.ts';

const bodiesKey = 'bodies';

/** Kinds of entries that begin with a bucket's id. */
const bucketKinds = ['gate', 'current', 'version', 'nullVersion', 'event', 'log'] as const;

export function createSweep({ store, drivers }: World): Reconciler {
  const { index, bodies } = drivers.objects;

  async function sweepBodies(): Promise<void> {
    const doomed = kindPrefix('doomed');
    const left: { id: string; kind: 'file' | 'parts' }[] = [];
    await index.visit({ from: doomed, to: afterPrefix(doomed) }, (entry, kind) => {
      left.push({ id: bodyIdOf(entry), kind: kind === 'parts' ? 'parts' : 'file' });
      return true;
    });
    for (const ref of left) await releaseBody(drivers.objects, ref);
    // Of earlier runs only: what this one wrote may be named in a moment.
    await bodies.sweep((ids) => index.getMany(ids.map(bodyKey), (found) => found.map((mark) => mark !== undefined)));
  }

  async function sweepBucket(bucketId: string): Promise<void> {
    if (isKnown(bucketId)) return openGate(index, bucketId);
    await dropUploads(drivers.objects, bucketId);
    await dropVersions(bucketId);
  }

  const isKnown = (bucketId: string): boolean => {
    for (const { spec } of store.listAll(buckets)) if (spec.bucketId === bucketId) return true;
    return false;
  };

  /** Only a reset takes rows away from buckets that hold objects. */
  async function dropVersions(bucketId: string): Promise<void> {
    for (const kind of ['current', 'version'] as const) {
      const refs: BodyRef[] = [];
      const from = bucketPrefix(kind, bucketId);
      await index.visit({ from, to: afterPrefix(from) }, (_entry, value) => {
        const record = decodeVersion(value);
        if (record.kind === 'object') refs.push(record.body);
        return true;
      });
      for (const ref of refs) {
        await index.change({ reads: [], decide: () => ({ writes: doomBody(ref), result: undefined }) });
        await releaseBody(drivers.objects, ref);
      }
    }
    for (const kind of bucketKinds) await index.clear(bucketPrefix(kind, bucketId), countOf(bucketId));
  }

  return {
    name: 's3.sweep',
    async keys() {
      const gates = kindPrefix('gate');
      const ids = new Set<string>();
      await index.visit({ from: gates, to: afterPrefix(gates) }, (entry) => {
        ids.add(entry.toString('hex', 1));
        return true;
      });
      const known = new Set<string>();
      for (const { spec } of store.listAll(buckets)) known.add(spec.bucketId);
      const halfMade = [...known].filter((id) => !ids.has(id));
      const gone = new Set([...ids, ...(await bucketsWith(index, 'upload'))].filter((id) => !known.has(id)));
      return [bodiesKey, ...halfMade, ...gone];
    },
    wakes: () => [],
    async reconcile(key) {
      await (key === bodiesKey ? sweepBodies() : sweepBucket(key));
      return undefined;
    },
  };
}
