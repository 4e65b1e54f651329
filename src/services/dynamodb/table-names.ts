// Finds the table that a request names, by its name or its ARN.

import { parseArn } from '../../aws/arn.ts';
import type { AsyncOperationContext, OperationContext } from '../../aws/operation.ts';
import { resourceNotFound, tableNotFound, validationError } from './dynamodb.errors.ts';
import { layoutOf, type TableLayout } from './table-layout.ts';
import { stateOfTable, type TableRow, tables } from './tables.table.ts';

const namePattern = /^[a-zA-Z0-9_.-]+$/;

/** Takes names and ARNs; throws for what can be neither. */
export function parseTableName(given: string, member = 'tableName'): string {
  if (given.startsWith('arn:')) {
    const name = /^table\/([^/]+)$/.exec(parseArn(given)?.resource ?? '')?.[1];
    if (name !== undefined) return name;
    throw validationError(`Invalid TableArn: Invalid ResourceArn provided as input ${given}`);
  }
  const demand = nameFault(given);
  if (demand === undefined) return given;
  throw validationError(
    `1 validation error detected: Value '${given}' at '${member}' failed to satisfy constraint: Member must ${demand}`,
  );
}

function nameFault(name: string): string | undefined {
  if (name.length > 255) return 'have length less than or equal to 255';
  if (!namePattern.test(name)) return 'satisfy regular expression pattern: [a-zA-Z0-9_.-]+';
  return name.length < 3 ? 'have length greater than or equal to 3' : undefined;
}

/** The layout of a table whose items can be used. */
export function requireLayout(ctx: AsyncOperationContext, given: string): TableLayout {
  const row = readTable(ctx, parseTableName(given));
  const state = row && stateOfTable(row);
  if (!row || state === 'CREATING' || state === 'DELETING') throw resourceNotFound();
  return layoutOf(row);
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
