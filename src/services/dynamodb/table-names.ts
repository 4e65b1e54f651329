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

/**
 * The name of a table of the caller's own, given as such or as an ARN; throws for what can be neither. What was allowed is
 * what the ARN names, so one of another account or region must not stand for a table here.
 */
export function parseTableName(caller: Scope, given: string): string {
  const { account, region } = tableAddress(given, caller);
  if (region !== caller.region) throw invalidTableArn(given);
  const name = nameIn(given);
  if (account !== caller.account) throw tableNotFound(name);
  return name;
}

const invalidTableArn = (given: string): Error =>
  validationError(`Invalid TableArn: Invalid ResourceArn provided as input ${given}`);

function nameIn(given: string): string {
  if (given.startsWith('arn:')) {
    const name = /^table\/([^/]+)$/.exec(parseArn(given)?.resource ?? '')?.[1];
    if (name !== undefined) return name;
    throw invalidTableArn(given);
  }
  const demand = tableNameFault(given);
  if (demand !== undefined) throw validationError(tableNameMessage(given, demand));
  return given;
}

/** The name in an ARN, which nothing else will do for. */
export function requireArnOfTable(caller: Scope, given: string): string {
  if (given.startsWith('arn:')) return parseTableName(caller, given);
  throw invalidTableArn(given);
}

/** The layout of a table whose items can be used, of another account too. */
export function requireLayout(ctx: AsyncOperationContext, given: string): TableLayout {
  const name = nameIn(given);
  const address = tableAddress(given, ctx);
  if (address.region !== ctx.region) throw invalidTableArn(given);
  const layout = catalogOf(ctx.drivers.items).get(address, name);
  if (!layout?.isUsable) throw resourceNotFound();
  return layout;
}

export function readTable(ctx: AsyncOperationContext, name: string): TableRow | undefined {
  return ctx.transact((inner) => inner.table(tables).get(name));
}

/** A table's row, for operations on the table itself. */
export function requireTable(ctx: OperationContext, given: string): TableRow {
  const name = parseTableName(ctx, given);
  const row = ctx.table(tables).get(name);
  if (!row) throw tableNotFound(name);
  return row;
}
