// SNS's manifest.

import type { Service } from '../../aws/service.ts';
import { createArchivesReconciler } from './archives.reconciler.ts';
import { createDeliveriesReconciler } from './deliveries.reconciler.ts';
import { createExpiryReconcilers } from './expiry.reconciler.ts';
import { createFront } from './front.ts';
import { platformApplicationOperations } from './platform-applications.operations.ts';
import { publishOperations } from './publish.operations.ts';
import { createReplaysReconciler } from './replays.reconciler.ts';
import { smsOperations } from './sms.operations.ts';
import { snsAuthorization, topicPolicies } from './sns.authorization.ts';
import { authorizationError } from './sns.errors.ts';
import { subscriptionOperations } from './subscriptions.operations.ts';
import { topicSettingOperations } from './topic-settings.operations.ts';
import { topicOperations } from './topics.operations.ts';

export const sns: Service = {
  id: 'sns',
  operations: {
    ...topicOperations,
    ...topicSettingOperations,
    ...subscriptionOperations,
    ...platformApplicationOperations,
    ...smsOperations,
  },
  asyncOperations: { ...publishOperations },
  authorization: snsAuthorization,
  resourcePolicies: topicPolicies,
  accessDenied: authorizationError,
  front: createFront,
  background: (world) => ({
    reconcilers: [
      createDeliveriesReconciler(world),
      createReplaysReconciler(world),
      createArchivesReconciler(world),
      ...createExpiryReconcilers(world),
    ],
  }),
};
