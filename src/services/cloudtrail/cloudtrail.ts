// CloudTrail's manifest.

import type { Service } from '../../aws/service.ts';
import { cloudtrailAuthorization } from './cloudtrail.authorization.ts';
import { eventOperations } from './events.operations.ts';
import { recorderOf } from './recorder.ts';

export const cloudtrail: Service = {
  id: 'cloudtrail',
  operations: eventOperations,
  authorization: cloudtrailAuthorization,
  observe: (world) => recorderOf(world).record,
  background: (world) => ({ servers: [recorderOf(world).server] }),
};
