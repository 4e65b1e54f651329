// How many of each there may be: what nobody can raise here, and what can be through Service Quotas there.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html

import type { OperationContext } from '../../aws/operation.ts';
import type { Table } from '../../kernel/table.ts';
import { type QuotaFacts, quotaValue } from '../service-quotas/index.ts';
import { quotaExceeded } from './iam.errors.ts';

export const quotas = {
  groupsPerUser: 10,
  accessKeysPerUser: 2,
  signingCertificatesPerUser: 2,
  sshPublicKeysPerUser: 5,
  serviceCredentialsPerUser: 2,
  mfaDevicesPerUser: 8,
  versionsInUse: 10_000,
} as const;

export function countRows<Spec>(ctx: OperationContext, table: Table<Spec, null>): number {
  let count = 0;
  for (const _ of ctx.table(table).list()) count += 1;
  return count;
}

/** Throws when the account has as many as it may have; `name` is what the error calls the quota. */
export function requireRoom<Spec>(
  ctx: OperationContext,
  table: Table<Spec, null>,
  quota: QuotaFacts,
  name: string,
): void {
  const most = quotaValue(ctx, quota);
  if (countRows(ctx, table) >= most) throw quotaExceeded(name, most);
}
