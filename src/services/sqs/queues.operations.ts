// CreateQueue, DeleteQueue, GetQueueUrl, ListQueues, ListDeadLetterSourceQueues, SetQueueAttributes.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import { paginate } from '../../aws/paginate.ts';
import type { SqsApi } from '../../generated/sqs.types.ts';
import { moveTasks } from './move-tasks.table.ts';
import { checkAttributes, differingAttribute, mergeAttributes, normalizeAttributes } from './queue-attributes.ts';
import { checkTags } from './queue-tags.ts';
import { formatQueueUrl } from './queue-urls.ts';
import { arnOf, deletedQueues, nameRestsForMs, type QueueRow, queues } from './queues.table.ts';
import { requireQueue } from './queues.ts';
import { checkRedrive } from './redrive.ts';
import {
  invalidAttributeValue,
  invalidParameterValue,
  missingParameter,
  queueDeletedRecently,
  queueDoesNotExist,
  queueNameExists,
  unknownAttribute,
} from './sqs.errors.ts';

export const queueOperations = {
  CreateQueue(ctx, { QueueName, Attributes: given = {}, tags = {} }) {
    const Attributes = normalizeAttributes(given);
    const isFifo = Attributes['FifoQueue'] === 'true';
    checkQueueName(QueueName, isFifo);
    checkAttributes(Attributes, isFifo);
    checkTags(QueueName, tags);
    const known = ctx.table(queues).get(QueueName);
    if (known) {
      const differing = differingAttribute(known.spec, Attributes);
      if (differing !== undefined) throw queueNameExists(differing);
      return { QueueUrl: formatQueueUrl(ctx.endpoint, known) };
    }
    checkNameIsFree(ctx, QueueName);
    const arn = arnOf({ ...ctx, id: QueueName });
    const attributes = mergeAttributes({}, checkRedrive(ctx, Attributes, { arn, isFifo }));
    const queue = ctx.table(queues).insert(QueueName, {
      queueId: Buffer.from(ctx.random.bytes(8)).toString('hex'),
      isFifo,
      attributes,
      tags,
      lastModifiedAtMs: ctx.nowMs,
    });
    return { QueueUrl: formatQueueUrl(ctx.endpoint, queue) };
  },

  DeleteQueue(ctx, { QueueUrl }) {
    const queue = requireQueue(ctx, QueueUrl);
    const gone = ctx.tableIn(deletedQueues, queue);
    gone.remove(queue.id);
    gone.insert(queue.id, { deletedAtMs: ctx.nowMs });
    ctx.tableIn(queues, queue).remove(queue.id);
    // One that is made anew under its name has none of its tasks.
    const tasks = ctx.tableIn(moveTasks, queue);
    for (const { id } of [...tasks.by('bySource', arnOf(queue))]) tasks.remove(id);
    return {};
  },

  GetQueueUrl(ctx, { QueueName, QueueOwnerAWSAccountId }) {
    const account = QueueOwnerAWSAccountId ?? ctx.account;
    if (!/^\d{12}$/.test(account)) throw queueDoesNotExist();
    const queue = ctx.tableIn(queues, { account, region: ctx.region }).get(QueueName);
    if (!queue) throw queueDoesNotExist();
    return { QueueUrl: formatQueueUrl(ctx.endpoint, queue) };
  },

  ListQueues(ctx, { QueueNamePrefix = '', MaxResults, NextToken }) {
    const { urls, nextToken } = listUrls(ctx, {
      rows: (afterId) => ctx.table(queues).list(afterId),
      where: ({ id }) => id.startsWith(QueueNamePrefix),
      maxResults: MaxResults,
      token: NextToken,
      scope: `ListQueues ${QueueNamePrefix}`,
    });
    // Without MaxResults AWS gives at most a thousand, and no token.
    return {
      ...(urls.length > 0 && { QueueUrls: urls }),
      ...(MaxResults !== undefined && nextToken !== undefined && { NextToken: nextToken }),
    };
  },

  ListDeadLetterSourceQueues(ctx, { QueueUrl, MaxResults, NextToken }) {
    const target = requireQueue(ctx, QueueUrl);
    const sources = [...ctx.tableIn(queues, target).by('byDeadLetterTarget', arnOf(target))];
    const { urls, nextToken } = listUrls(ctx, {
      rows: (afterId) => (afterId === undefined ? sources : sources.filter(({ id }) => id > afterId)),
      maxResults: MaxResults,
      token: NextToken,
      scope: `ListDeadLetterSourceQueues ${target.id}`,
    });
    return {
      queueUrls: urls,
      ...(MaxResults !== undefined && nextToken !== undefined && { NextToken: nextToken }),
    };
  },

  SetQueueAttributes(ctx, { QueueUrl, Attributes: given }) {
    const queue = requireQueue(ctx, QueueUrl);
    const { isFifo } = queue.spec;
    const { FifoQueue, ...Attributes } = normalizeAttributes(given);
    if (Object.keys(given).length === 0) throw missingParameter('Attributes');
    if (FifoQueue !== undefined && !isFifo) throw unknownAttribute('FifoQueue');
    if (FifoQueue !== undefined && FifoQueue !== 'true')
      throw invalidAttributeValue('FifoQueue', 'Modifying queue type is not supported.');
    checkAttributes(Attributes, isFifo);
    const changed = checkRedrive(ctx, Attributes, { arn: arnOf(queue), isFifo });
    ctx.tableIn(queues, queue).update(queue.id, (spec) => ({
      ...spec,
      attributes: mergeAttributes(spec.attributes, changed),
      lastModifiedAtMs: ctx.nowMs,
    }));
    return {};
  },
} satisfies Operations<SqsApi>;

function checkQueueName(name: string, isFifo: boolean): void {
  if (isFifo && !/^(?=.{1,80}$)[A-Za-z0-9_-]+\.fifo$/.test(name)) {
    throw invalidParameterValue(
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
    );
  }
  if (!isFifo && !/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
    throw invalidParameterValue('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
  }
}

function checkNameIsFree(ctx: OperationContext, name: string): void {
  const gone = ctx.table(deletedQueues).get(name);
  if (!gone) return;
  if (ctx.nowMs < gone.spec.deletedAtMs + nameRestsForMs) throw queueDeletedRecently();
  ctx.table(deletedQueues).remove(name);
}

interface ListRequest {
  readonly rows: (afterId: string | undefined) => Iterable<QueueRow>;
  readonly where?: (row: QueueRow) => boolean;
  readonly maxResults: number | undefined;
  readonly token: string | undefined;
  readonly scope: string;
}

function listUrls(ctx: OperationContext, { rows, where, maxResults, token, scope }: ListRequest) {
  if (maxResults !== undefined && maxResults > 1000) throw invalidMaxResults();
  const page = paginate({
    rows,
    ...(where && { where }),
    maxResults,
    nextToken: token,
    scope: `${ctx.account} ${ctx.region} ${scope}`,
    bounds: { min: 1, max: 1000, default: 1000 },
    errors: {
      invalidToken: () => invalidParameterValue('Invalid or expired next token.'),
      invalidMaxResults,
    },
  });
  return { urls: page.rows.map((row) => formatQueueUrl(ctx.endpoint, row)), nextToken: page.nextToken };
}

const invalidMaxResults = () =>
  invalidParameterValue(
    'Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.',
  );
