// Deletes what no row stands for any more. Volumes are made and attached by the reconciler of the instance that uses
// them; this one looks for bytes that were left over.

import type { World } from '../../aws/service.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { volumes } from './volumes.table.ts';

export function createVolumeReconciler({ store, drivers }: World): Reconciler {
  return {
    name: 'ec2.volumes',
    async keys() {
      return (await drivers.disks.list()).map(({ id }) => id);
    },
    wakes: (change) => (change.table === volumes.name && !change.after ? [change.key.id] : []),
    async reconcile(id) {
      if (!store.find(volumes, id)) await drivers.disks.ensureAbsent(id);
      return undefined;
    },
  };
}
