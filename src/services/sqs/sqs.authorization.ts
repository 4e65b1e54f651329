// What SQS's operations need to be allowed, and where its resource policies are.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html

import { parseArn } from '../../aws/arn.ts';
import {
  type Authorizations,
  as,
  on,
  type ResourcePolicySource,
  type ResourceRef,
  type Rows,
  resource,
} from '../../aws/authorization.ts';
import type { SqsApi } from '../../generated/sqs.types.ts';
import type { Scope } from '../../kernel/table.ts';
import { moveTasks, parseTaskHandle } from './move-tasks.table.ts';
import { parseQueueUrl } from './queue-urls.ts';
import { arnOf, queues } from './queues.table.ts';

const ref = (scope: Scope, name: string): ResourceRef => {
  const { account, region } = scope;
  return { arn: arnOf({ account, region, id: name }), account, region, id: name };
};

const findQueue = ({ account, region, id }: ResourceRef, rows: Rows) => rows.read(queues, { account, region }).get(id);

function queueBy<Input>(of: (input: Input, caller: Scope) => ResourceRef | undefined) {
  return resource({
    type: 'queue',
    of(input: Input, ctx) {
      const found = of(input, ctx);
      return found ? [found] : [];
    },
    find: findQueue,
    tags: ({ spec }) => spec.tags,
  });
}

const queue = queueBy<{ readonly QueueUrl: string }>(({ QueueUrl }, caller) => {
  const address = parseQueueUrl(QueueUrl, caller);
  return address && ref(address, address.name);
});

const newQueue = queueBy<{ readonly QueueName: string }>(({ QueueName }, caller) => ref(caller, QueueName));

const ownedQueue = queueBy<{ readonly QueueName: string; readonly QueueOwnerAWSAccountId?: string | undefined }>(
  ({ QueueName, QueueOwnerAWSAccountId }, { account, region }) =>
    ref({ region, account: QueueOwnerAWSAccountId || account }, QueueName),
);

const byArn = (arn: string | undefined): ResourceRef | undefined => {
  const parsed = arn === undefined ? undefined : parseArn(arn);
  return parsed?.service === 'sqs' ? ref(parsed, parsed.resource) : undefined;
};

const sourceQueue = queueBy<{ readonly SourceArn: string }>(({ SourceArn }) => byArn(SourceArn));

const everyQueue = resource({
  type: [],
  of: (_input: unknown, ctx) => [ref(ctx, '')],
});

const targetQueue = queueBy<{ readonly DestinationArn?: string | undefined }>(({ DestinationArn }) =>
  byArn(DestinationArn),
);

/** The source of the task that a handle names. */
const handledQueue = resource({
  type: 'queue',
  of({ TaskHandle }: { readonly TaskHandle: string }, ctx, rows) {
    const handle = parseTaskHandle(TaskHandle);
    const found = byArn(handle && rows.read(moveTasks, ctx).get(handle.taskId)?.spec.sourceArn);
    return found ? [found] : [];
  },
  find: findQueue,
  tags: ({ spec }) => spec.tags,
});

export const sqsAuthorization = {
  AddPermission: on(queue),
  CancelMessageMoveTask: on(handledQueue),
  ChangeMessageVisibility: on(queue),
  ChangeMessageVisibilityBatch: as('sqs:ChangeMessageVisibility', queue),
  CreateQueue: on(newQueue, { requestTags: ({ tags }) => tags }),
  DeleteMessage: on(queue),
  DeleteMessageBatch: as('sqs:DeleteMessage', queue),
  DeleteQueue: on(queue),
  GetQueueAttributes: on(queue),
  GetQueueUrl: on(ownedQueue),
  ListDeadLetterSourceQueues: on(queue),
  ListMessageMoveTasks: on(sourceQueue),
  ListQueueTags: on(queue),
  ListQueues: on(everyQueue),
  PurgeQueue: on(queue),
  ReceiveMessage: on(queue),
  RemovePermission: on(queue),
  SendMessage: on(queue),
  SendMessageBatch: as('sqs:SendMessage', queue),
  SetQueueAttributes: on(queue),
  // Whoever starts a task must be allowed what it does.
  StartMessageMoveTask: [
    ...on(sourceQueue),
    ...as('sqs:ReceiveMessage', sourceQueue),
    ...as('sqs:DeleteMessage', sourceQueue),
    ...as('sqs:GetQueueAttributes', sourceQueue),
    ...as('sqs:SendMessage', targetQueue, { when: ({ DestinationArn }) => DestinationArn !== undefined }),
  ],
  TagQueue: on(queue, { requestTags: ({ Tags }) => Tags }),
  UntagQueue: on(queue, { tagKeys: ({ TagKeys }) => TagKeys }),
} satisfies Authorizations<SqsApi>;

export const queuePolicies: ResourcePolicySource = {
  tables: [queues.name],
  find(of, rows) {
    const row = findQueue(of, rows);
    return row && { text: row.spec.attributes['Policy'] || undefined };
  },
  ownersRootMay: ['sqs:GetQueueAttributes', 'sqs:SetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:RemovePermission'],
};
