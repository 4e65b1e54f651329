import { describe, expect, it } from 'vitest';
import type { World } from '../../aws/service.ts';
import { createFakeDisks } from '../../drivers/disks/fake-disks.ts';
import type { Change } from '../../kernel/table.ts';
import { openEc2Scope } from './default-vpc.ts';
import { createTestRegion } from './region.testing.ts';
import { putTags } from './resources.ts';
import { resourceTags } from './tags.table.ts';
import { volumeOperations } from './volumes.operations.ts';
import { createVolumeReconciler } from './volumes.reconciler.ts';
import { volumes } from './volumes.table.ts';

const VolumeId = 'vol-00000000000000001';

async function setUp() {
  const region = createTestRegion({ openScope: openEc2Scope });
  const disks = createFakeDisks();
  const reconciler = createVolumeReconciler({ store: region.store, drivers: { disks } } as unknown as World);
  region.call((ctx) => {
    ctx.table(volumes).insert(VolumeId, {
      sizeGiB: 8,
      volumeType: 'gp3',
      availabilityZone: 'us-east-1a',
      encrypted: false,
      isDeleted: false,
    });
    putTags(ctx, 'volume', VolumeId, { Name: 'kept' });
  });
  await disks.ensureVolume({ id: VolumeId, sizeGiB: 8 });
  return { region, disks, reconciler };
}

describe('volumes', () => {
  it('stay while a row stands for them', async () => {
    const { disks, reconciler } = await setUp();
    for (const id of await reconciler.keys()) await reconciler.reconcile(id);
    expect(await disks.inspect(VolumeId)).toBeDefined();
  });

  it('go with their bytes, tags and row when they are deleted', async () => {
    const { region, disks, reconciler } = await setUp();
    const woken: string[] = [];
    region.store.subscribe((changes: readonly Change[]) => {
      for (const change of changes) woken.push(...reconciler.wakes(change));
    });
    region.call((ctx) => volumeOperations.DeleteVolume(ctx, { VolumeId }));
    expect(woken).toEqual([VolumeId]);
    // A crash here, and the wake is lost: the next start finds the row.
    expect([...(await reconciler.keys())]).toContain(VolumeId);
    await reconciler.reconcile(VolumeId);
    expect(await disks.inspect(VolumeId)).toBeUndefined();
    expect(region.store.find(volumes, VolumeId)).toBeUndefined();
    expect(region.store.find(resourceTags, VolumeId)).toBeUndefined();
  });

  it('without a row are swept', async () => {
    const { disks, reconciler } = await setUp();
    await disks.ensureVolume({ id: 'vol-stray', sizeGiB: 1 });
    for (const id of await reconciler.keys()) await reconciler.reconcile(id);
    expect((await disks.list()).map(({ id }) => id)).toEqual([VolumeId]);
  });
});
