// Moves messages for a task, some at a time, until there are none that it could move. What was moved before a crash has
// been moved: the task goes on with the rest, and counts it as about that many.

import type { World } from '../../aws/service.ts';
import type { MoveResult, QueueRef } from '../../drivers/messages/messages.ts';
import { newUuid } from '../../kernel/ids.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import type { Scope } from '../../kernel/table.ts';
import { type MoveTaskRow, type MoveTaskStatus, moveTasks } from './move-tasks.table.ts';
import { arnOf, queues, refOf } from './queues.table.ts';

const mostAtOnce = 500;
const paceMs = 1000;

export function createMoveTasksReconciler(world: World): Reconciler {
  const { store, clock } = world;
  return {
    name: 'sqs.moveTasks',
    keys: () => [...store.listAll(moveTasks)].filter(isActive).map(({ id }) => id),
    // Its own progress is no news: a task that has a pace would lose it.
    wakes: ({ table, key, before, after }) =>
      table === moveTasks.name && after && (!before || isCancelledBetween(before, after)) ? [key.id] : [],
    async reconcile(id) {
      const task = store.find(moveTasks, id);
      if (!task || !isActive(task)) return undefined;
      const record = (change: (status: MoveTaskStatus) => MoveTaskStatus) =>
        store.changeStatuses((transaction) => transaction.table(moveTasks, task).update(id, change));
      if (task.spec.isCancelled) {
        record((status) => ({ ...status, state: 'CANCELLED' }));
        return undefined;
      }
      const { perSecond } = task.spec;
      const waitMs = perSecond === undefined ? 0 : task.status.nextAtMs - clock.now();
      if (waitMs > 0) return waitMs;
      const result = await moveSome(world, task);
      if (typeof result === 'string') {
        record((status) => ({ ...status, state: 'FAILED', failureReason: result }));
        return undefined;
      }
      const isDone = result.moved === 0;
      const failureReason = result.homeless > 0 && isDone ? 'CouldNotDetermineMessageSource' : undefined;
      record((status) => ({
        moved: status.moved + result.moved,
        nextAtMs: clock.now() + paceMs,
        state: failureReason !== undefined ? 'FAILED' : isDone ? 'COMPLETED' : 'RUNNING',
        ...(failureReason !== undefined && { failureReason }),
      }));
      return isDone ? undefined : perSecond === undefined ? 0 : paceMs;
    },
  };
}

function isCancelledBetween(before: unknown, after: unknown): boolean {
  return (before as MoveTaskRow).spec.isCancelled !== (after as MoveTaskRow).spec.isCancelled;
}

const isActive = ({ status }: MoveTaskRow): boolean => status.state === 'RUNNING';

/** The reason, when it cannot go on. */
async function moveSome({ store, drivers, random }: World, task: MoveTaskRow): Promise<MoveResult | string> {
  const { sourceArn, destinationArn, perSecond } = task.spec;
  const known = queuesByArn(store, task);
  const from = known[sourceArn];
  const to = destinationArn === undefined ? undefined : known[destinationArn];
  if (!from) return 'AWS.SimpleQueueService.NonExistentQueue';
  if (destinationArn !== undefined && !to) return 'AWS.SimpleQueueService.NonExistentQueue';
  return drivers.messages.move(from, {
    ...(to && { to }),
    sources: known,
    most: Math.min(mostAtOnce, perSecond ?? mostAtOnce),
    newMessageId: () => newUuid(random),
  });
}

function queuesByArn(store: World['store'], scope: Scope): Readonly<Record<string, QueueRef>> {
  return Object.fromEntries([...store.read(queues, scope).list()].map((row) => [arnOf(row), refOf(row)]));
}
