// Finds instances for operations, with AWS's errors for ids that are malformed or unknown.

import type { OperationContext } from '../../aws/operation.ts';
import { malformedId, notFound } from './ec2.errors.ts';
import { type InstanceRow, instances } from './instances.table.ts';

const instanceIdPattern = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;

/** All of them, or an error that names the ones that are not there. */
export function requireInstances(ctx: OperationContext, ids: readonly string[]): readonly InstanceRow[] {
  const malformed = ids.find((id) => !instanceIdPattern.test(id));
  if (malformed !== undefined) throw malformedId('InvalidInstanceID.Malformed', malformed, 'i');
  const rows = ctx.table(instances);
  const missing = ids.filter((id) => !rows.has(id));
  if (missing.length > 0) throw notFound('InvalidInstanceID.NotFound', 'instance', missing);
  return [...new Set(ids)].map((id) => rows.get(id) as InstanceRow);
}

export function requireInstance(ctx: OperationContext, id: string): InstanceRow {
  return requireInstances(ctx, [id])[0] as InstanceRow;
}
