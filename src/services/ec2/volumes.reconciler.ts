// Deletes the bytes of volumes that are to go, and those that no row stands for any more. Volumes are made and attached
// by the reconciler of the instance that uses them.

import type { World } from '../../aws/service.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import type { Change } from '../../kernel/table.ts';
import { resourceTags } from './tags.table.ts';
import { type VolumeSpec, volumes } from './volumes.table.ts';

export function createVolumeReconciler({ store, drivers }: World): Reconciler {
  return {
    name: 'ec2.volumes',
    async keys() {
      const ids = new Set((await drivers.disks.list()).map(({ id }) => id));
      for (const { id, spec } of store.listAll(volumes)) if (spec.isDeleted) ids.add(id);
      return ids;
    },
    wakes: (change) => (change.table === volumes.name && isGone(change) ? [change.key.id] : []),
    async reconcile(id) {
      const row = store.find(volumes, id);
      if (row && !row.spec.isDeleted) return undefined;
      await drivers.disks.ensureAbsent(id);
      if (!row) return undefined;
      store.changeStatuses((transaction) => {
        transaction.table(volumes, row).remove(id);
        transaction.table(resourceTags, row).remove(id);
      });
      return undefined;
    },
  };
}

const isGone = ({ after }: Change): boolean => !after || (after.spec as VolumeSpec).isDeleted;
