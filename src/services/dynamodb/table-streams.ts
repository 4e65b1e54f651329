// A table's streams as rows of their own: one goes on after the table has let go of it.

import type { OperationContext } from '../../aws/operation.ts';
import { streamId, streams } from './streams.table.ts';
import type { TableRow, TableSpec } from './tables.table.ts';

export function keepStreams(ctx: OperationContext, before: TableRow, { stream, keySchema }: TableSpec): void {
  const { id, spec } = before;
  const rows = ctx.tableIn(streams, before);
  if (spec.stream && spec.stream.label !== stream?.label) endStream(ctx, before);
  if (stream && !rows.has(streamId(id, stream.label)))
    rows.insert(streamId(id, stream.label), { tableName: id, ...stream, keySchema });
}

export function endStream(ctx: OperationContext, row: TableRow): void {
  const { stream } = row.spec;
  if (!stream) return;
  ctx.tableIn(streams, row).update(streamId(row.id, stream.label), (spec) => ({ ...spec, endedAtMs: ctx.nowMs }));
}
