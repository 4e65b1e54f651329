// StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html

import type { AsyncOperations, OperationContext, Operations } from '../../aws/operation.ts';
import type { ListMessageMoveTasksResultEntry, SqsApi } from '../../generated/sqs.types.ts';
import { newUuid } from '../../kernel/ids.ts';
import { formatTaskHandle, type MoveTaskRow, moveTasks, parseTaskHandle, stateOf } from './move-tasks.table.ts';
import { type QueueRow, queues, refOf, retentionMsOf } from './queues.table.ts';
import { findByArn } from './queues.ts';
import { invalidParameter, invalidParameterValue, resourceNotFound, unsupportedOperation } from './sqs.errors.ts';

const mostPerSecond = 500;
const mostListed = 10;

export const moveTaskStartOperations = {
  async StartMessageMoveTask(ctx, { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: perSecond }) {
    if (perSecond !== undefined && (perSecond < 1 || perSecond > mostPerSecond)) {
      throw invalidParameter(
        'MaxNumberOfMessagesPerSecond',
        perSecond,
        `Must be an integer between 1 and ${mostPerSecond}.`,
      );
    }
    const source = ctx.transact((inner) => requireDeadLetterQueue(inner, SourceArn));
    const { visible } = await ctx.drivers.messages.count(refOf(source), retentionMsOf(source.spec));
    return ctx.transact((inner) => {
      checkDestination(inner, requireDeadLetterQueue(inner, SourceArn), SourceArn, DestinationArn);
      if (tasksOf(inner, SourceArn).some(({ status }) => status.state === 'RUNNING')) {
        throw invalidParameterValue(
          'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
        );
      }
      const row = inner.table(moveTasks).insert(newUuid(ctx.random), {
        sourceArn: SourceArn,
        ...(DestinationArn !== undefined && { destinationArn: DestinationArn }),
        ...(perSecond !== undefined && { perSecond }),
        startedAtMs: ctx.nowMs,
        toMove: visible,
        isCancelled: false,
      });
      forgetOldTasks(inner, SourceArn);
      return { TaskHandle: formatTaskHandle(row) };
    });
  },
} satisfies AsyncOperations<SqsApi>;

export const moveTaskOperations = {
  ListMessageMoveTasks(ctx, { SourceArn, MaxResults = 1 }) {
    if (MaxResults < 1 || MaxResults > mostListed)
      throw invalidParameterValue(
        `Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and ${mostListed}.`,
      );
    requireSource(ctx, SourceArn);
    const Results = tasksOf(ctx, SourceArn).slice(0, MaxResults).map(describeTask);
    return Results.length === 0 ? {} : { Results };
  },

  CancelMessageMoveTask(ctx, { TaskHandle }) {
    const handle = parseTaskHandle(TaskHandle);
    if (!handle) throw invalidParameterValue('Value for parameter TaskHandle is invalid.');
    requireSource(ctx, handle.sourceArn);
    const { taskId } = handle;
    const task = ctx.table(moveTasks).get(taskId);
    if (!task) throw resourceNotFound('Task does not exist.');
    if (stateOf(task) !== 'RUNNING') throw unsupportedOperation('Only active tasks can be cancelled.');
    ctx.table(moveTasks).update(taskId, (spec) => ({ ...spec, isCancelled: true }));
    return { ApproximateNumberOfMessagesMoved: task.status.moved };
  },
} satisfies Operations<SqsApi>;

function requireSource(ctx: OperationContext, arn: string): QueueRow {
  const source = findByArn(ctx, arn);
  if (source?.account !== ctx.account || source.region !== ctx.region)
    throw resourceNotFound("The resource that you specified for the SourceArn parameter doesn't exist.");
  return source;
}

function requireDeadLetterQueue(ctx: OperationContext, arn: string): QueueRow {
  const source = requireSource(ctx, arn);
  const [anySource] = ctx.table(queues).by('byDeadLetterTarget', arn);
  if (!anySource) throw invalidParameterValue('Source queue must be configured as a Dead Letter Queue.');
  return source;
}

function checkDestination(ctx: OperationContext, source: QueueRow, sourceArn: string, arn: string | undefined): void {
  if (arn === undefined) return;
  if (arn === sourceArn) throw invalidParameterValue('Source and destination queues must be different.');
  const destination = findByArn(ctx, arn);
  if (destination?.account !== ctx.account || destination.region !== ctx.region)
    throw resourceNotFound("The resource that you specified for the DestinationArn parameter doesn't exist.");
  if (destination.spec.isFifo !== source.spec.isFifo)
    throw invalidParameterValue('Source and destination queues must be of the same type.');
}

/** The newest first. */
function tasksOf(ctx: OperationContext, sourceArn: string): readonly MoveTaskRow[] {
  return [...ctx.table(moveTasks).by('bySource', sourceArn)].sort((a, b) => b.spec.startedAtMs - a.spec.startedAtMs);
}

function forgetOldTasks(ctx: OperationContext, sourceArn: string): void {
  for (const { id } of tasksOf(ctx, sourceArn).slice(mostListed)) ctx.table(moveTasks).remove(id);
}

function describeTask(task: MoveTaskRow): ListMessageMoveTasksResultEntry {
  const { spec, status } = task;
  const state = stateOf(task);
  return {
    // Only what can still be cancelled has a handle.
    ...(state === 'RUNNING' && { TaskHandle: formatTaskHandle(task) }),
    Status: state,
    SourceArn: spec.sourceArn,
    ...(spec.destinationArn !== undefined && { DestinationArn: spec.destinationArn }),
    ...(spec.perSecond !== undefined && { MaxNumberOfMessagesPerSecond: spec.perSecond }),
    ApproximateNumberOfMessagesMoved: status.moved,
    ApproximateNumberOfMessagesToMove: spec.toMove,
    ...(status.failureReason !== undefined && { FailureReason: status.failureReason }),
    StartedTimestamp: spec.startedAtMs,
  };
}
