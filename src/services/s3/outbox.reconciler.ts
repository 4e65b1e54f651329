// Tells what is noted in the outboxes: sends notifications and makes replicas, event by event in the order in which they
// happened. An event goes when all of it is done, so a crash tells some of it twice, and none of it never.

import type { World } from '../../aws/service.ts';
import { afterPrefix } from '../../drivers/items/items.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { type BucketRow, buckets } from './buckets.table.ts';
import { notify } from './notify.ts';
import { bucketPrefix } from './object-index.ts';
import { type ObjectEvent, outboxes } from './outbox.ts';
import { bucketsWith } from './pending-buckets.ts';
import { replicate } from './replicate.ts';

const toldAtOnce = 100;

export function createOutboxReconciler(world: World): Reconciler {
  const { store, drivers } = world;
  const { index } = drivers.objects;

  function findBucket(bucketId: string): BucketRow | undefined {
    for (const row of store.listAll(buckets)) if (row.spec.bucketId === bucketId) return row;
    return undefined;
  }

  async function readEvents(bucketId: string): Promise<readonly { entry: Buffer; event: ObjectEvent }[]> {
    const from = bucketPrefix('event', bucketId);
    const events: { entry: Buffer; event: ObjectEvent }[] = [];
    await index.visit({ from, to: afterPrefix(from) }, (entry, value) => {
      events.push({ entry: Buffer.from(entry), event: JSON.parse(value) as ObjectEvent });
      return events.length < toldAtOnce;
    });
    return events;
  }

  return {
    name: 's3.outbox',
    keys: () => bucketsWith(index, 'event'),
    wakes: ({ table, key }) => (table === outboxes.name ? [key.id] : []),
    async reconcile(bucketId) {
      for (;;) {
        const bucket = findBucket(bucketId);
        const events = await readEvents(bucketId);
        for (const { entry, event } of events) {
          if (bucket && event.notifies) await notify(world, bucket, event);
          if (bucket && event.replicates) await replicate(world, bucket, event);
          await index.change({ reads: [], decide: () => ({ writes: [{ key: entry }], result: undefined }) });
        }
        if (events.length < toldAtOnce) return undefined;
      }
    },
  };
}
