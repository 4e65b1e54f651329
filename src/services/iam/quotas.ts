// How many of each there may be: AWS's defaults.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html

import type { OperationContext } from '../../aws/operation.ts';
import type { Table } from '../../kernel/table.ts';

export const quotas = {
  users: 5000,
  groups: 300,
  roles: 1000,
  policies: 1500,
  instanceProfiles: 1000,
  serverCertificates: 20,
  oidcProviders: 100,
  samlProviders: 100,
  policiesPerHolder: 10,
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
