// Tasks that move a dead-letter queue's messages back, or elsewhere. Operations write what was asked, the reconciler how
// far it came.

import type { TimestampMs } from '../../kernel/clock.ts';
import { defineTable, type Row } from '../../kernel/table.ts';

export interface MoveTaskSpec {
  readonly sourceArn: string;
  /** When absent, each message goes back to the queue that it came from. */
  readonly destinationArn?: string;
  readonly perSecond?: number;
  readonly startedAtMs: TimestampMs;
  /** About how many messages there were. */
  readonly toMove: number;
  readonly isCancelled: boolean;
}

export interface MoveTaskStatus {
  readonly state: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  readonly moved: number;
  /** Of a task with a pace: when it goes on. */
  readonly nextAtMs: TimestampMs;
  readonly failureReason?: string;
}

export type MoveTaskRow = Row<MoveTaskSpec, MoveTaskStatus>;

export const moveTasks = defineTable<MoveTaskSpec, MoveTaskStatus>({
  name: 'sqs.moveTasks',
  initialStatus: { state: 'RUNNING', moved: 0, nextAtMs: 0 },
  indexes: { bySource: ({ spec }) => [spec.sourceArn] },
});

export function stateOf({ spec, status }: MoveTaskRow): MoveTaskStatus['state'] | 'CANCELLING' {
  return status.state === 'RUNNING' && spec.isCancelled ? 'CANCELLING' : status.state;
}

/** AWS's is base64 of JSON as well; clients take it as it is. */
export function formatTaskHandle({ id, spec }: Pick<MoveTaskRow, 'id' | 'spec'>): string {
  return Buffer.from(JSON.stringify({ taskId: id, sourceArn: spec.sourceArn })).toString('base64');
}

export interface TaskHandle {
  readonly taskId: string;
  readonly sourceArn: string;
}

export function parseTaskHandle(handle: string): TaskHandle | undefined {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, 'base64').toString('utf8')) as Partial<TaskHandle>;
    const isTask = typeof taskId === 'string' && /^[0-9a-f-]{36}$/.test(taskId) && typeof sourceArn === 'string';
    return isTask ? { taskId, sourceArn } : undefined;
  } catch {
    return undefined;
  }
}
