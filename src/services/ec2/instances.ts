// Finds instances for operations, with AWS's errors for ids that are malformed or unknown.

import type { OperationContext } from '../../aws/operation.ts';
import type { InstanceRow } from './instances.table.ts';
import { requireRows } from './resource-kind.ts';
import { resourceKinds } from './resources.ts';

/** All of them, or an error that names the ones that are not there. */
export function requireInstances(ctx: OperationContext, ids: readonly string[]): readonly InstanceRow[] {
  return requireRows(ctx, resourceKinds.instance, ids);
}

export function requireInstance(ctx: OperationContext, id: string): InstanceRow {
  return requireInstances(ctx, [id])[0] as InstanceRow;
}
