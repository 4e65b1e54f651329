// Forgets what the gateway remembers for a while only: client tokens whose day is over, and sessions that nobody could
// still hold.

import type { Reconciler } from '../kernel/reconciler.ts';
import { credentials } from './credentials.table.ts';
import { idempotencyTokens } from './idempotency.ts';
import type { World } from './service.ts';
import { createShortLivedReconciler, shortLived } from './short-lived.ts';

/** For so long a session that has expired is told so; then its key is as unknown as any other. */
const expiredSessionsKeptForMs = 7 * 24 * 3600_000;

const tables = [
  shortLived(credentials, ({ spec }) => spec.expiresAtMs && spec.expiresAtMs + expiredSessionsKeptForMs),
  shortLived(idempotencyTokens, ({ spec }) => spec.expiresAtMs),
];

export const createExpiryReconciler = (world: Pick<World, 'store' | 'clock'>): Reconciler =>
  createShortLivedReconciler('aws.expiry', tables, world);
