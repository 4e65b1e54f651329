// DynamoDB's manifest.

import type { Service } from '../../aws/service.ts';
import { backupOperations } from './backups.operations.ts';
import { createBackupReconciler } from './backups.reconciler.ts';
import { batchOperations } from './batches.operations.ts';
import { continuousBackupOperations } from './continuous-backups.operations.ts';
import { contributorInsightsOperations } from './contributor-insights.operations.ts';
import { dynamodbAuthorization, tablePolicies } from './dynamodb.authorization.ts';
import { exportOperations } from './exports.operations.ts';
import { createExportReconciler } from './exports.reconciler.ts';
import { createFront } from './front.ts';
import { importOperations } from './imports.operations.ts';
import { createImportReconciler } from './imports.reconciler.ts';
import { itemOperations } from './items.operations.ts';
import { limitOperations } from './limits.operations.ts';
import { statementOperations } from './partiql.operations.ts';
import { policyOperations } from './policies.operations.ts';
import { queryOperations } from './queries.operations.ts';
import { createReplicationReconciler } from './replication.reconciler.ts';
import { restoreOperations } from './restores.operations.ts';
import { createStreamReconciler } from './streams.reconciler.ts';
import { openCatalog } from './table-catalog.ts';
import { tableAsyncOperations, tableOperations } from './tables.operations.ts';
import { createTableReconciler } from './tables.reconciler.ts';
import { tagOperations } from './tags.operations.ts';
import { openThrottle } from './throttling.ts';
import { timeToLiveOperations } from './time-to-live.operations.ts';
import { createTimeToLiveReconciler } from './time-to-live.reconciler.ts';
import { transactionOperations } from './transactions.operations.ts';

export interface DynamodbOptions {
  /** Whether requests beyond a table's throughput are refused. */
  readonly isThrottled: boolean;
}

export const dynamodb = createDynamodb({ isThrottled: false });

export function createDynamodb({ isThrottled }: DynamodbOptions): Service {
  return {
    id: 'dynamodb',
    operations: {
      ...tableOperations,
      ...timeToLiveOperations,
      ...contributorInsightsOperations,
      ...tagOperations,
      ...policyOperations,
      ...continuousBackupOperations,
      ...restoreOperations,
      ...exportOperations,
      ...importOperations,
      ...limitOperations,
    },
    asyncOperations: {
      ...tableAsyncOperations,
      ...itemOperations,
      ...queryOperations,
      ...batchOperations,
      ...transactionOperations,
      ...statementOperations,
      ...backupOperations,
    },
    authorization: dynamodbAuthorization,
    resourcePolicies: tablePolicies,
    front: createFront,
    background(world) {
      openCatalog(world.drivers.items, world.store);
      if (isThrottled) openThrottle(world.drivers.items, world.store);
      return {
        reconcilers: [
          createTableReconciler(world),
          createTimeToLiveReconciler(world),
          createStreamReconciler(world),
          createBackupReconciler(world),
          createReplicationReconciler(world),
          createExportReconciler(world),
          createImportReconciler(world),
        ],
      };
    },
  };
}
