// PartiQL statements, parsed.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html

import { AwsError } from '../../../aws/errors.ts';
import type { AttributeValue } from '../../../generated/dynamodb.types.ts';
import { type Item, typeOf } from '../attribute-value.ts';
import { validationError } from '../dynamodb.errors.ts';
import type { Condition } from '../expressions/condition.ts';
import type { Path } from '../expressions/paths.ts';
import type { Update, UpdateAction, UpdateOperand } from '../expressions/update.ts';
import { readCondition } from './statement-conditions.ts';
import { openStatement } from './statement-tokens.ts';
import { isValueAhead, openParameters, type Reading, readName, readPath, readValue } from './statement-values.ts';

export interface SelectStatement {
  readonly kind: 'select';
  readonly table: string;
  readonly index: string | undefined;
  /** Undefined for `*`. */
  readonly paths: readonly Path[] | undefined;
  readonly where: Condition | undefined;
  readonly order: readonly { readonly name: string; readonly isDescending: boolean }[];
}

export type Returning = 'ALL_OLD' | 'UPDATED_OLD' | 'ALL_NEW' | 'UPDATED_NEW';

export interface InsertStatement {
  readonly kind: 'insert';
  readonly table: string;
  readonly item: Item;
}

export interface UpdateStatement {
  readonly kind: 'update';
  readonly table: string;
  readonly update: Update;
  readonly where: Condition | undefined;
  readonly returning: Returning | undefined;
}

export interface DeleteStatement {
  readonly kind: 'delete';
  readonly table: string;
  readonly where: Condition | undefined;
  readonly returning: Returning | undefined;
}

/** A transaction's check: `EXISTS(SELECT …)`. */
export interface ExistsStatement {
  readonly kind: 'exists';
  readonly table: string;
  readonly where: Condition | undefined;
}

export type WriteStatement = InsertStatement | UpdateStatement | DeleteStatement | ExistsStatement;
export type Statement = SelectStatement | WriteStatement;

/** Where a statement stands in a request. */
export interface StatementText {
  readonly Statement: string;
  readonly Parameters?: readonly AttributeValue[] | undefined;
}

const parsed = new WeakMap<StatementText, Statement | AwsError>();

/** Throws what is wrong with it. Authorization asks for it as well as the operation, several times: it is parsed once. */
export function statementOf(request: StatementText): Statement {
  let found = parsed.get(request);
  if (!found) {
    found = parseOrRefuse(request);
    parsed.set(request, found);
  }
  if (found instanceof AwsError) throw found;
  return found;
}

function parseOrRefuse({ Statement: text, Parameters }: StatementText): Statement | AwsError {
  try {
    return parseStatement(text, Parameters);
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
}

export function parseStatement(text: string, given: readonly AttributeValue[] | undefined): Statement {
  const reading: Reading = { cursor: openStatement(text), parameters: openParameters(given) };
  const { cursor, parameters } = reading;
  const statement = readStatement(reading);
  cursor.requireEnd();
  parameters.requireAllUsed();
  return statement;
}

function readStatement(reading: Reading): Statement {
  const { cursor } = reading;
  switch (cursor.takeWord('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'EXISTS')) {
    case 'SELECT':
      return readSelect(reading);
    case 'INSERT':
      return readInsert(reading);
    case 'UPDATE':
      return readUpdate(reading);
    case 'DELETE':
      return readDelete(reading);
    case 'EXISTS': {
      cursor.requireSymbol('(');
      cursor.requireWord('SELECT');
      const { table, where } = readSelect(reading);
      cursor.requireSymbol(')');
      return { kind: 'exists', table, where };
    }
    default:
      throw cursor.unexpected();
  }
}

function readSelect(reading: Reading): SelectStatement {
  const { cursor } = reading;
  const paths = cursor.takeSymbol('*') ? undefined : readList(reading, readPath);
  cursor.requireWord('FROM');
  const table = readName(cursor);
  const index = cursor.takeSymbol('.') ? readName(cursor) : undefined;
  const where = readWhere(reading);
  const order: SelectStatement['order'][number][] = [];
  if (cursor.takeWord('ORDER')) {
    cursor.requireWord('BY');
    do {
      const name = readName(cursor);
      order.push({ name, isDescending: cursor.takeWord('ASC', 'DESC') === 'DESC' });
    } while (cursor.takeSymbol(','));
  }
  return { kind: 'select', table, index, paths, where, order };
}

function readList<T>(reading: Reading, read: (reading: Reading) => T): readonly T[] {
  const found = [read(reading)];
  while (reading.cursor.takeSymbol(',')) found.push(read(reading));
  return found;
}

function readWhere(reading: Reading): Condition | undefined {
  return reading.cursor.takeWord('WHERE') ? readCondition(reading) : undefined;
}

function readInsert(reading: Reading): InsertStatement {
  const { cursor } = reading;
  cursor.requireWord('INTO');
  const table = readName(cursor);
  cursor.requireWord('VALUE');
  const value = readValue(reading);
  if (!('M' in value)) throw validationError(`Unsupported type in INSERT: ${typeOf(value)}`);
  return { kind: 'insert', table, item: value.M };
}

function readUpdate(reading: Reading): UpdateStatement {
  const { cursor } = reading;
  const table = readName(cursor);
  const update: UpdateAction[] = [];
  for (let verb = cursor.takeWord('SET', 'REMOVE'); verb; verb = cursor.takeWord('SET', 'REMOVE')) {
    do {
      const path = readPath(reading);
      if (verb === 'REMOVE') update.push({ kind: 'REMOVE', path });
      else {
        cursor.requireSymbol('=');
        update.push(readAssignment(reading, path));
      }
    } while (cursor.takeSymbol(','));
  }
  if (update.length === 0) throw cursor.unexpected();
  const where = readWhere(reading);
  return { kind: 'update', table, update, where, returning: readReturning(reading) };
}

function readDelete(reading: Reading): DeleteStatement {
  const { cursor } = reading;
  cursor.requireWord('FROM');
  const table = readName(cursor);
  const where = readWhere(reading);
  return { kind: 'delete', table, where, returning: readReturning(reading) };
}

function readReturning({ cursor }: Reading): Returning | undefined {
  if (!cursor.takeWord('RETURNING')) return undefined;
  const which = cursor.takeWord('ALL', 'MODIFIED');
  const when = cursor.takeWord('OLD', 'NEW');
  if (!which || !when) throw cursor.unexpected();
  cursor.requireSymbol('*');
  return `${which === 'ALL' ? 'ALL' : 'UPDATED'}_${when as 'OLD' | 'NEW'}`;
}

/** `set_add` and `set_delete` are actions of their own; everything else is a value. */
function readAssignment(reading: Reading, path: Path): UpdateAction {
  const { cursor } = reading;
  const name = cursor.peek().text.toLowerCase();
  if (!cursor.isFollowedBy('(') || (name !== 'set_add' && name !== 'set_delete'))
    return { kind: 'SET', path, value: readSetValue(reading) };
  cursor.take();
  cursor.requireSymbol('(');
  readPath(reading);
  cursor.requireSymbol(',');
  const value = readValue(reading);
  cursor.requireSymbol(')');
  return { kind: name === 'set_add' ? 'ADD' : 'DELETE', path, value };
}

function readSetValue(reading: Reading): UpdateOperand {
  const { cursor } = reading;
  const left = readOperand(reading);
  const operator = cursor.takeSymbol('+') ? '+' : cursor.takeSymbol('-') ? '-' : undefined;
  return operator ? { kind: 'call', name: operator, args: [left, readOperand(reading)] } : left;
}

function readOperand(reading: Reading): UpdateOperand {
  const { cursor } = reading;
  if (isValueAhead(reading)) return { kind: 'value', value: readValue(reading) };
  const name = cursor.peek().text.toLowerCase();
  if (cursor.isFollowedBy('(') && (name === 'list_append' || name === 'if_not_exists')) {
    cursor.take();
    cursor.requireSymbol('(');
    const left = readOperand(reading);
    cursor.requireSymbol(',');
    const right = readOperand(reading);
    cursor.requireSymbol(')');
    if (name === 'if_not_exists' && left.kind !== 'path') throw cursor.unexpected();
    return { kind: 'call', name, args: [left, right] };
  }
  return { kind: 'path', path: readPath(reading) };
}
