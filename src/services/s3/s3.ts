// S3's manifest.

import type { AsyncOperationContext, OperationContext } from '../../aws/operation.ts';
import type { AnyAsyncOperation, AnyOperation, Service } from '../../aws/service.ts';
import { createAccessLogReconciler } from './access-log.reconciler.ts';
import { createAccessLog } from './access-log.ts';
import { withBodyDigests } from './body-digests.ts';
import { bucketAccessOperations } from './bucket-access.operations.ts';
import { bucketConfigurationOperations } from './bucket-configurations.operations.ts';
import { bucketRuleOperations } from './bucket-rules.operations.ts';
import { bucketSettingOperations } from './bucket-settings.operations.ts';
import { bucketOperations } from './buckets.operations.ts';
import { copyOperations } from './copies.operations.ts';
import { createBucketAs, type NewBuckets } from './create-bucket.ts';
import { deletionOperations } from './deletions.operations.ts';
import { createFront } from './front.ts';
import { createInventoryReconciler } from './inventory.reconciler.ts';
import { createLifecycleReconciler } from './lifecycle.reconciler.ts';
import { listBucketsAs } from './list-buckets.ts';
import { listOperations } from './lists.operations.ts';
import { multipartOperations } from './multipart.operations.ts';
import { notificationOperations } from './notifications.operations.ts';
import { objectSettingOperations } from './object-settings.operations.ts';
import { objectOperations } from './objects.operations.ts';
import { createOutboxReconciler } from './outbox.reconciler.ts';
import { s3Authorization } from './s3.authorization.ts';
import { selectOperations } from './select/select.operations.ts';
import { createSweep } from './sweep.reconciler.ts';

export interface S3Options {
  readonly newBuckets: NewBuckets;
}

export const createS3 = ({ newBuckets }: S3Options): Service => ({
  id: 's3',
  authorization: s3Authorization,
  front: createFront,
  observe: createAccessLog,
  background: (world) => ({
    reconcilers: [
      createSweep(world),
      createLifecycleReconciler(world),
      createOutboxReconciler(world),
      createAccessLogReconciler(world),
      createInventoryReconciler(world),
    ],
  }),
  operations: withBodyDigests<OperationContext, AnyOperation>({
    ...bucketAccessOperations,
    ...bucketConfigurationOperations,
    ...bucketSettingOperations,
    ...bucketRuleOperations,
  }),
  asyncOperations: withBodyDigests<AsyncOperationContext, AnyAsyncOperation>({
    ...bucketOperations,
    CreateBucket: createBucketAs(newBuckets),
    ListBuckets: listBucketsAs(newBuckets),
    ...objectOperations,
    ...deletionOperations,
    ...copyOperations,
    ...multipartOperations,
    ...listOperations,
    ...objectSettingOperations,
    ...notificationOperations,
    ...selectOperations,
  }),
});

export const s3: Service = createS3({ newBuckets: 'classic' });
