// What a Query or Scan reads from: the table or one of its indexes; where it begins; and which attributes it answers.

import { AwsError } from '../../aws/errors.ts';
import type { AttributeValue, Select } from '../../generated/dynamodb.types.ts';
import { acceptValue, attributeOf, type Checking, type Item, newItem, typeOf, type Value } from './attribute-value.ts';
import { invalidParameter, validationError } from './dynamodb.errors.ts';
import { type Projection, project } from './expressions/projection.ts';
import { acceptKey } from './item-checks.ts';
import { indexKey, tableKey } from './item-keys.ts';
import type { IndexLayout, KeyLayout, KeyPart, TableLayout } from './table-layout.ts';

export interface Source {
  readonly table: TableLayout;
  readonly index: IndexLayout | undefined;
  /** Of the index, or of the table. */
  readonly keys: KeyLayout;
  /** The attributes that a LastEvaluatedKey names. */
  readonly startKeyParts: readonly KeyPart[];
}

export function requireSource(
  table: TableLayout,
  {
    IndexName,
    ConsistentRead,
  }: { readonly IndexName?: string | undefined; readonly ConsistentRead?: boolean | undefined },
): Source {
  if (IndexName === undefined) return { table, index: undefined, keys: table, startKeyParts: table.parts };
  const index = table.indexes.find(({ name }) => name === IndexName);
  if (!index) throw validationError(`The table does not have the specified index: ${IndexName}`);
  if (index.isGlobal && ConsistentRead)
    throw validationError('Consistent reads are not supported on global secondary indexes');
  if (!index.isFilled) throw validationError(`Cannot read from backfilling global secondary index: ${IndexName}`);
  const extra = index.parts.filter(({ name }) => !table.parts.some((part) => part.name === name));
  return { table, index, keys: index, startKeyParts: [...table.parts, ...extra] };
}

/** Which attributes are answered. */
export type Answered =
  | { readonly kind: 'all'; readonly fromTable: boolean }
  | { readonly kind: 'some'; readonly pick: (item: Item) => Item; readonly fromTable: boolean }
  | { readonly kind: 'count' };

export interface SelectInput {
  readonly Select?: Select | undefined;
  readonly ProjectionExpression?: string | undefined;
  readonly AttributesToGet?: readonly string[] | undefined;
  readonly IndexName?: string | undefined;
}

/** What can be said before the table is known. Query's front counts its complaints, Scan's does not. */
export function checkSelect(input: SelectInput, operation: 'Query' | 'Scan'): void {
  const reason = selectFault(input);
  if (reason === undefined) return;
  throw validationError(operation === 'Query' ? `1 validation error detected: ${reason}` : reason);
}

function selectFault({ Select, ProjectionExpression, AttributesToGet, IndexName }: SelectInput): string | undefined {
  if (Select === undefined) return undefined;
  const picked =
    ProjectionExpression !== undefined ? 'ProjectionExpression' : AttributesToGet ? 'AttributesToGet' : undefined;
  if (Select === 'ALL_PROJECTED_ATTRIBUTES' && IndexName === undefined)
    return 'ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName';
  if (Select !== 'SPECIFIC_ATTRIBUTES')
    return (
      picked && `Cannot specify the ${picked} when choosing to get ${Select === 'COUNT' ? 'only the Count' : Select}`
    );
  return picked
    ? undefined
    : 'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES';
}

export function answeredOf(source: Source, select: Select | undefined, projection: Projection | undefined): Answered {
  const { index } = source;
  if (select === 'COUNT') return { kind: 'count' };
  if (projection)
    return { kind: 'some', pick: (item) => project(item, projection), fromTable: needsTable(source, projection) };
  const isPartial = index?.projected !== undefined;
  if (select === 'ALL_ATTRIBUTES' && isPartial) {
    if (index.isGlobal)
      throw invalidParameter(
        `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`,
      );
    return { kind: 'all', fromTable: true };
  }
  return { kind: 'all', fromTable: false };
}

/** A local index fetches what it lacks from the table; a global one does not. */
export function needsTable({ index }: Source, projection: Projection): boolean {
  const { projected } = index ?? {};
  if (!index || !projected) return false;
  const absent = projection.map(([name]) => name as string).filter((name) => !projected.has(name));
  if (absent.length > 0 && index.isGlobal)
    throw invalidParameter(`Global secondary index ${index.name} does not project [${absent.join(', ')}]`);
  return absent.length > 0;
}

/** An ExclusiveStartKey's values, checked by themselves. */
export function acceptStartKey(
  given: Readonly<Record<string, AttributeValue>> | undefined,
  checking: Checking,
): Item | undefined {
  if (!given) return undefined;
  const key = newItem();
  for (const name of Object.keys(given)) {
    try {
      key[name] = acceptValue(given[name] as AttributeValue, checking);
    } catch (error) {
      const isPlain =
        error instanceof AwsError &&
        /contains duplicates|number set|numeric value|significant digits|number with magnitude/.test(error.message);
      if (isPlain || !(error instanceof AwsError)) throw error;
      throw invalidStartKey(error.message);
    }
  }
  return key;
}

export function invalidStartKey(reason?: string): Error {
  return validationError(`The provided starting key is invalid${reason === undefined ? '' : `: ${reason}`}`);
}

/** The engine's key of the entry behind which to begin. */
export function startKeyBytes(source: Source, start: Item): Buffer {
  const { table, index, startKeyParts } = source;
  if (Object.keys(start).length !== startKeyParts.length)
    throw invalidStartKey(index ? undefined : 'The provided key element does not match the schema');
  for (const part of startKeyParts) {
    const value = attributeOf(start, part.name);
    if (!value || typeOf(value) !== part.type)
      throw invalidStartKey(index ? undefined : 'The provided key element does not match the schema');
  }
  const own = pick(table.parts, start);
  try {
    acceptKey(table, own);
  } catch (error) {
    throw error instanceof AwsError ? invalidStartKey(error.message) : error;
  }
  const itemKey = tableKey(table, own);
  if (!index) return itemKey;
  const entryKey = indexKey(table, index, start, itemKey);
  // The engine has no keys like this one, so there is no place to begin at.
  if (!entryKey) throw invalidStartKey();
  return entryKey;
}

/** What LastEvaluatedKey shows of an item. */
export function lastEvaluatedKey({ startKeyParts }: Source, item: Item): Item {
  return pick(startKeyParts, item);
}

function pick(parts: readonly KeyPart[], item: Item): Item {
  const key = newItem();
  for (const { name } of parts) key[name] = attributeOf(item, name) as Value;
  return key;
}
