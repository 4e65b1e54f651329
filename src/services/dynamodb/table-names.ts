// Finds the table that a request names, by its name or its ARN.

import { parseArn } from '../../aws/arn.ts';
import type { AsyncOperationContext, OperationContext } from '../../aws/operation.ts';
import { tableNameFault, tableNameMessage } from '../../aws/validation/dynamodb-wording.ts';
import type { Scope } from '../../kernel/table.ts';
import { resourceNotFound, tableNotFound, validationError } from './dynamodb.errors.ts';
import { catalogOf } from './table-catalog.ts';
import type { TableLayout } from './table-layout.ts';
import { type TableRow, tables } from './tables.table.ts';

/** Where the table is that a request names: whoever calls may have been let in to another account's. Judges nothing. */
export function tableAddress(given: string, caller: Scope): Scope & { readonly name: string } {
  const arn = given.startsWith('arn:') ? parseArn(given) : undefined;
  if (!arn) return { account: caller.account, region: caller.region, name: given };
  return { account: arn.account, region: arn.region, name: arn.resource.replace(/^table\//, '') };
}

/** Takes names and ARNs; throws for what can be neither. */
export function parseTableName(given: string): string {
  if (given.startsWith('arn:')) {
    const name = /^table\/([^/]+)$/.exec(parseArn(given)?.resource ?? '')?.[1];
    if (name !== undefined) return name;
    throw validationError(`Invalid TableArn: Invalid ResourceArn provided as input ${given}`);
  }
  const demand = tableNameFault(given);
  if (demand !== undefined) throw validationError(tableNameMessage(given, demand));
  return given;
}

/** The name in an ARN, which nothing else will do for. */
export function requireArnOfTable(given: string): string {
  if (given.startsWith('arn:')) return parseTableName(given);
  throw validationError(`Invalid TableArn: Invalid ResourceArn provided as input ${given}`);
}

/** The layout of a table whose items can be used. */
export function requireLayout(ctx: AsyncOperationContext, given: string): TableLayout {
  const name = parseTableName(given);
  const layout = catalogOf(ctx.drivers.items).get(tableAddress(given, ctx), name);
  if (!layout?.isUsable) throw resourceNotFound();
  return layout;
}

export function readTable(ctx: AsyncOperationContext, name: string): TableRow | undefined {
  return ctx.transact((inner) => inner.table(tables).get(name));
}

/** A table's row, for operations on the table itself. */
export function requireTable(ctx: OperationContext, given: string): TableRow {
  const name = parseTableName(given);
  const row = ctx.table(tables).get(name);
  if (!row) throw tableNotFound(name);
  return row;
}
