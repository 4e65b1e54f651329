// Organizations' manifest.

import type { Service } from '../../aws/service.ts';
import { accountOperations } from './accounts.operations.ts';
import { attachmentOperations } from './attachments.operations.ts';
import { handshakeOperations } from './handshakes.operations.ts';
import { membershipOperations } from './membership.operations.ts';
import { organizationsAuthorization } from './organizations.authorization.ts';
import { organizationOperations } from './organizations.operations.ts';
import { policyOperations } from './policies.operations.ts';
import { serviceAccessOperations } from './service-access.operations.ts';
import { tagOperations } from './tags.operations.ts';
import { unitOperations } from './units.operations.ts';

export const organizations: Service = {
  id: 'organizations',
  operations: {
    ...organizationOperations,
    ...unitOperations,
    ...accountOperations,
    ...membershipOperations,
    ...handshakeOperations,
    ...policyOperations,
    ...attachmentOperations,
    ...tagOperations,
    ...serviceAccessOperations,
  },
  authorization: organizationsAuthorization,
};
