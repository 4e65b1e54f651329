// What became of service-linked roles that were to be deleted.

import type { DeletionTaskStatusType } from '../../generated/iam.types.ts';
import { defineSpecTable } from '../../kernel/table.ts';

export interface DeletionTaskSpec {
  readonly status: DeletionTaskStatusType;
}

/** By task id: `task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/…`. */
export const deletionTasks = defineSpecTable<DeletionTaskSpec>({ name: 'iam.deletionTasks', isGlobal: true });
