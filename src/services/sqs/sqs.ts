// SQS's manifest.

import type { Service } from '../../aws/service.ts';
import { createFront } from './front.ts';
import { moveTaskOperations, moveTaskStartOperations } from './move-tasks.operations.ts';
import { createMoveTasksReconciler } from './move-tasks.reconciler.ts';
import { queueContentOperations } from './queue-contents.operations.ts';
import { queueSettingOperations } from './queue-settings.operations.ts';
import { queueOperations } from './queues.operations.ts';
import { createDeletedQueuesReconciler, createQueuesReconciler } from './queues.reconciler.ts';
import { receivedMessageOperations } from './received-messages.operations.ts';
import { sentMessageOperations } from './sent-messages.operations.ts';
import { queuePolicies, sqsAuthorization } from './sqs.authorization.ts';
import { accessDenied } from './sqs.errors.ts';

export const sqs: Service = {
  id: 'sqs',
  operations: { ...queueOperations, ...queueSettingOperations, ...moveTaskOperations },
  asyncOperations: {
    ...queueContentOperations,
    ...sentMessageOperations,
    ...receivedMessageOperations,
    ...moveTaskStartOperations,
  },
  authorization: sqsAuthorization,
  resourcePolicies: queuePolicies,
  judgesStrangers: true,
  accessDenied,
  front: createFront,
  background: (world) => ({
    reconcilers: [
      createQueuesReconciler(world),
      createDeletedQueuesReconciler(world),
      createMoveTasksReconciler(world),
    ],
  }),
};
