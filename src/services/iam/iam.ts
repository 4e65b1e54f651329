// IAM's manifest.

import type { Service } from '../../aws/service.ts';
import { accessKeyOperations } from './access-keys.operations.ts';
import { accountKey, accounts } from './accounts.table.ts';
import { attachmentOperations } from './attachments.operations.ts';
import { boundaryOperations } from './boundaries.operations.ts';
import { groupOperations } from './groups.operations.ts';
import { inlinePolicyOperations } from './inline-policies.operations.ts';
import { instanceProfileOperations } from './instance-profiles.operations.ts';
import { policyOperations } from './policies.operations.ts';
import { policyVersionOperations } from './policy-versions.operations.ts';
import { roleOperations } from './roles.operations.ts';
import { userOperations } from './users.operations.ts';

export const iam: Service = {
  id: 'iam',
  operations: {
    ...userOperations,
    ...accessKeyOperations,
    ...groupOperations,
    ...roleOperations,
    ...instanceProfileOperations,
    ...policyOperations,
    ...policyVersionOperations,
    ...attachmentOperations,
    ...inlinePolicyOperations,
    ...boundaryOperations,
  },
  openScope(ctx) {
    // The account is the same in every region.
    if (!ctx.table(accounts).has(accountKey)) ctx.table(accounts).insert(accountKey, {});
  },
};
