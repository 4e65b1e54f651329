// Forgets requests that are no longer told of.

import type { World } from '../../aws/service.ts';
import { createShortLivedReconciler, shortLived } from '../../aws/short-lived.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import { endOfRequest, quotaRequests } from './applied-quotas.table.ts';

export const createExpiryReconciler = (world: Pick<World, 'store' | 'clock'>): Reconciler =>
  createShortLivedReconciler('service-quotas.expiry', [shortLived(quotaRequests, endOfRequest)], world);
