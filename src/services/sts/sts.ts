// STS's manifest.

import type { Service } from '../../aws/service.ts';
import { isUnfitForSts } from '../../aws/session-reach.ts';
import { assumeRoleOperations } from './assume-role.operations.ts';
import { assumeRootOperations } from './assume-root.operations.ts';
import { callerOperations } from './caller.operations.ts';
import { createFront } from './front.ts';
import { issuedTokenOperations } from './issued-tokens.operations.ts';
import { messageOperations } from './messages.operations.ts';
import { samlOperations } from './saml.operations.ts';
import { sessionOperations } from './sessions.operations.ts';
import { stsAuthorization } from './sts.authorization.ts';
import { webIdentityOperations } from './web-identity.operations.ts';

export const sts: Service = {
  id: 'sts',
  operations: {
    ...callerOperations,
    ...sessionOperations,
    ...assumeRoleOperations,
    ...assumeRootOperations,
    ...messageOperations,
  },
  asyncOperations: { ...webIdentityOperations, ...samlOperations, ...issuedTokenOperations },
  authorization: stsAuthorization,
  refusesSession: isUnfitForSts,
  front: createFront,
};
