// PartiQL statements, parsed.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html

import { AwsError } from '../../../aws/errors.ts';
import type { AttributeValue } from '../../../generated/dynamodb.types.ts';
import { type Item, typeOf } from '../attribute-value.ts';
import { validationError } from '../dynamodb.errors.ts';
import type { Condition } from '../expressions/condition.ts';
import { formatPath, type Path } from '../expressions/paths.ts';
import type { Update, UpdateAction, UpdateOperand } from '../expressions/update.ts';
import { readCondition } from './statement-conditions.ts';
import { isKeyword } from './statement-keywords.ts';
import { openStatement, type StatementCursor, type StatementToken } from './statement-tokens.ts';
import {
  isValueAhead,
  openParameters,
  type Reading,
  readItem,
  readName,
  readPath,
  readValue,
} from './statement-values.ts';

export interface SelectStatement {
  readonly kind: 'select';
  readonly table: string;
  readonly index: string | undefined;
  /** Undefined for `*`. */
  readonly paths: readonly Path[] | undefined;
  readonly where: Condition | undefined;
  readonly order: readonly { readonly name: string; readonly isDescending: boolean }[];
  /** A column that is none, which is told of once it is known that the table and its index can be read. */
  readonly fault: Error | undefined;
  /** Whether the condition asks whether an attribute is there by the function's name: then it reads no item by its key. */
  readonly asksExistence: boolean;
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
  switch (cursor.takeWord('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'EXISTS', 'FROM')) {
    case 'SELECT':
      return readSelect(reading);
    case 'INSERT':
      return readInsert(reading);
    case 'UPDATE':
      return readUpdate(reading);
    case 'DELETE':
      return readDelete(reading);
    case 'FROM':
      return readFromFirst(reading);
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
  const columns = cursor.takeSymbol('*') ? undefined : readList(reading, readColumn);
  cursor.requireWord('FROM');
  const table = readName(cursor);
  const index = cursor.takeSymbol('.') ? readName(cursor) : undefined;
  refuseAlias(cursor);
  let asksExistence = false;
  const where = readWhere({
    ...reading,
    onPredicate(name) {
      asksExistence ||= name === 'attribute_exists' || name === 'attribute_not_exists';
    },
  });
  const order: SelectStatement['order'][number][] = [];
  if (cursor.takeWord('ORDER')) {
    cursor.requireWord('BY');
    do {
      const name = readName(cursor);
      order.push({ name, isDescending: cursor.takeWord('ASC', 'DESC') === 'DESC' });
    } while (cursor.takeSymbol(','));
  }
  const fault = columns?.find((column) => column instanceof Error);
  const paths = columns?.filter((column): column is Path => !(column instanceof Error));
  return { kind: 'select', table, index, paths, where, order, fault, asksExistence };
}

/** A path, or what is wrong with a column that is a call of a function. */
function readColumn(reading: Reading): Path | AwsError {
  const { cursor } = reading;
  const token = cursor.peek();
  if (token.kind !== 'word' || !cursor.isFollowedBy('(')) return readPath(reading);
  cursor.take();
  let depth = 0;
  do {
    const { kind, text } = cursor.take();
    if (kind === 'end') throw cursor.unexpected();
    if (kind === 'symbol') depth += text === '(' ? 1 : text === ')' ? -1 : 0;
  } while (depth > 0);
  return cursor.faultAt(token, 'Unexpected path component');
}

/** A table goes by its own name only. */
function refuseAlias(cursor: StatementCursor): void {
  const { kind, text } = cursor.peek();
  if (cursor.isWord('AS') || kind === 'name' || (kind === 'word' && !isKeyword(text)))
    throw validationError('Aliasing is not supported');
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
  if (!cursor.takeWord('VALUE')) cursor.requireEnd();
  const value = readItem(reading);
  if (!('M' in value)) throw validationError(`Unsupported type in INSERT: ${typeOf(value)}`);
  return { kind: 'insert', table, item: value.M };
}

function readUpdate(reading: Reading): UpdateStatement {
  const { cursor } = reading;
  const table = readName(cursor);
  refuseAlias(cursor);
  const update = readActions(reading);
  const where = readWhere(reading);
  return { kind: 'update', table, update, where, returning: readReturning(reading) };
}

/** PartiQL's older order: `FROM … WHERE … SET …`. */
function readFromFirst(reading: Reading): UpdateStatement {
  const { cursor } = reading;
  const table = readName(cursor);
  refuseAlias(cursor);
  const where = readWhere(reading);
  const update = readActions(reading);
  return { kind: 'update', table, update, where, returning: readReturning(reading) };
}

function readActions(reading: Reading): Update {
  const { cursor } = reading;
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
  return update;
}

function readDelete(reading: Reading): DeleteStatement {
  const { cursor } = reading;
  cursor.requireWord('FROM');
  const table = readName(cursor);
  refuseAlias(cursor);
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
  const call = cursor.take();
  cursor.requireSymbol('(');
  const given = cursor.peek();
  const args = cursor.takeSymbol(')') ? [] : readList(reading, readSetArgument);
  if (args.length > 0) cursor.requireSymbol(')');
  const fault = (token: StatementToken, reason: string) =>
    cursor.faultAt(token, reason.replace('%', name.toUpperCase()));
  if (args.length !== 2) throw fault(call, '% must have exactly two arguments');
  const [set, members] = args as readonly [UpdateOperand, UpdateOperand];
  if (set.kind !== 'path' || formatPath(set.path) !== formatPath(path))
    throw fault(call, 'The first argument to % must equal the assignment value');
  const value = members.kind === 'value' ? members.value : undefined;
  if (!value || !('SS' in value || 'NS' in value || 'BS' in value))
    throw fault(given, 'The second argument to % must be a value with type SET');
  return { kind: name === 'set_add' ? 'ADD' : 'DELETE', path, value };
}

function readSetArgument(reading: Reading): UpdateOperand {
  return isValueAhead(reading)
    ? { kind: 'value', value: readValue(reading) }
    : { kind: 'path', path: readPath(reading) };
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
