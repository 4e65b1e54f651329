// What became of service-linked roles that were to be deleted.

import type { DeletionTaskStatusType } from '../../generated/iam.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';

export interface DeletionTaskSpec {
  readonly status: DeletionTaskStatusType;
}

/** By task id: `task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/…`. */
export const deletionTasks = defineSpecTable<DeletionTaskSpec>({ name: 'iam.deletionTasks', isGlobal: true });

/** AWS does not say how long its own can be asked for. */
const keptForMs = 7 * 24 * 3600_000;

export const endOfTask = ({ createdAtMs }: Row<DeletionTaskSpec, null>): TimestampMs => createdAtMs + keptForMs;
