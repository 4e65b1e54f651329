// Forgets reports and tasks that can no longer be asked for.

import type { World } from '../../aws/service.ts';
import { createShortLivedReconciler, shortLived } from '../../aws/short-lived.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { advisorJobs, endOfJob } from './access-advisor.table.ts';
import { deletionTasks, endOfTask } from './deletion-tasks.table.ts';

export const createExpiryReconciler = (world: Pick<World, 'store' | 'clock'>): Reconciler =>
  createShortLivedReconciler(
    'iam.expiry',
    [shortLived(advisorJobs, endOfJob), shortLived(deletionTasks, endOfTask)],
    world,
  );
