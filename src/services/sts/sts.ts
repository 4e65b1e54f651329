// STS's manifest.

import type { Service } from '../../aws/service.ts';
import { callerOperations } from './caller.operations.ts';
import { sessionOperations } from './sessions.operations.ts';
import { stsAuthorization } from './sts.authorization.ts';

export const sts: Service = {
  id: 'sts',
  operations: { ...callerOperations, ...sessionOperations },
  authorization: stsAuthorization,
};
