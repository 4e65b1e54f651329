// Carries out SELECT: as a query where the condition names partitions, as a scan where it does not.

import type { AsyncOperationContext } from '../../../aws/operation.ts';
import type { RawMember } from '../answer.ts';
import { type Item, newItem, typeOf, type Value } from '../attribute-value.ts';
import { addUsage, newUsage, type ReadConsistency, type Usage } from '../capacity.ts';
import { validationError } from '../dynamodb.errors.ts';
import type { Condition, Operand } from '../expressions/condition.ts';
import { satisfies } from '../expressions/evaluate.ts';
import { type Path, valueAt } from '../expressions/paths.ts';
import { type Bounds, queryBounds, type SortCondition, segmentBounds } from '../item-keys.ts';
import { refuseLongConditions } from '../query-plan.ts';
import type { Page } from '../read-page.ts';
import { type Answered, needsTable, requireSource, type Source } from '../read-source.ts';
import type { KeyPart, TableLayout } from '../table-layout.ts';
import { requireLayout } from '../table-names.ts';
import { readThrottled } from '../throttling.ts';
import { conjuncts, isName, requiredValues } from './statement-conditions.ts';
import type { SelectStatement } from './statements.ts';

const mostPartitions = 50;

export interface SelectOptions {
  readonly limit: number | undefined;
  readonly consistency: ReadConsistency;
  /** Where the page before ended. */
  readonly after: Buffer | undefined;
  /** Partitions that earlier pages were through with. */
  readonly skip: number;
}

export interface Selected {
  readonly layout: TableLayout;
  readonly items: readonly RawMember[];
  readonly usage: Usage;
  readonly lastKey: RawMember | undefined;
  /** Where the next page begins. */
  readonly next: { readonly after: Buffer | undefined; readonly skip: number } | undefined;
}

export async function select(
  ctx: AsyncOperationContext,
  statement: SelectStatement,
  options: SelectOptions,
): Promise<Selected> {
  const layout = requireLayout(ctx, statement.table);
  const source = sourceOf(layout, statement, options.consistency);
  const ranges = rangesOf(source, statement.where);
  const reverse = isReversed(source, statement);
  const items: RawMember[] = [];
  const usage = newUsage();
  let left = options.limit;
  let bytesBefore = 0;
  for (let at = options.skip; at < ranges.length; at++) {
    const page: Page = await readThrottled(ctx, {
      source,
      range: { ...(ranges[at] as Bounds), reverse, after: at === options.skip ? options.after : undefined },
      limit: left,
      filter: statement.where,
      answered: answeredOf(source, statement.paths),
      consistency: options.consistency,
      bytesBefore,
    });
    bytesBefore += page.scannedBytes;
    items.push(...(page.items ?? []));
    addUsage(usage, page.usage);
    if (left !== undefined) left -= page.scannedCount;
    if (page.lastKey || left === 0) {
      const next = page.lastKey ? { after: page.lastEntry, skip: at } : { after: undefined, skip: at + 1 };
      const isOver = !page.lastKey && at + 1 === ranges.length;
      return { layout, items, usage, lastKey: page.lastKey, next: isOver ? undefined : next };
    }
  }
  return { layout, items, usage, lastKey: undefined, next: undefined };
}

function sourceOf(layout: TableLayout, { index, fault }: SelectStatement, consistency: ReadConsistency): Source {
  const keys = layout.indexes.find(({ name }) => name === index);
  if (index !== undefined && !keys) throw validationError('The table does not have the specified index');
  if (keys && (keys.hash.length > 1 || keys.range.length > 1)) throw severalKeys();
  if (keys?.isGlobal && consistency === 'strong')
    throw validationError('Strongly consistent read is not supported on Global Secondary Indexes');
  if (fault) throw fault;
  return requireSource(layout, { IndexName: index });
}

function severalKeys(): Error {
  return validationError(
    'PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys.',
  );
}

/** The key of a read by itself, in a batch or a transaction: it names all of the table's key, and no index. */
export function requireReadKey(layout: TableLayout, statement: SelectStatement, operation: string): Item {
  const key = keyOf(layout, statement.where);
  if (statement.index !== undefined) sourceOf(layout, statement, 'eventual');
  if (statement.fault) throw statement.fault;
  if (key && statement.index === undefined && !statement.asksExistence) return key;
  throw validationError(`Select statements within ${operation} must specify the primary key in the where clause.`);
}

/** An item that was read by its key, as the statement shows it; nothing when it does not meet the condition. */
export function shownItem({ where, paths }: SelectStatement, item: Item): Item | undefined {
  if (where && !satisfies(item, where)) return undefined;
  return paths ? pickPaths(item, paths) : item;
}

function answeredOf(source: Source, paths: readonly Path[] | undefined): Answered {
  if (!paths) return { kind: 'all', fromTable: false };
  return { kind: 'some', pick: (item) => pickPaths(item, paths), fromTable: needsTable(source, paths) };
}

/** Unlike a projection, a path's value stands under its own last name. */
function pickPaths(item: Item, paths: readonly Path[]): Item {
  const picked = newItem();
  for (const path of paths) {
    const value = valueAt(item, path);
    if (value) picked[nameOf(path)] = value;
  }
  return picked;
}

function nameOf(path: Path): string {
  const at = path.findLastIndex((step) => typeof step === 'string');
  const positions = path.slice(at + 1).map((step) => `[${step}]`);
  return String(path[at]) + positions.join('');
}

/** One range a partition, or the whole table. */
function rangesOf({ keys }: Source, where: Condition | undefined): readonly Bounds[] {
  const choices = keys.hash.map((part) => {
    const values = requiredValues(where, part.name);
    return values?.every((value) => typeOf(value) === part.type) ? values : undefined;
  });
  if (choices.some((values) => !values)) return [segmentBounds(keys, 0, 1)];
  const sort = sortConditions(keys.range, where);
  const partitions = combinations(choices as readonly (readonly Value[])[]);
  if (partitions.length > mostPartitions)
    throw validationError(`Too many partitions in the WHERE clause: at most ${mostPartitions} are allowed`);
  return partitions.map((hash) => {
    refuseLongConditions(hash, sort);
    return queryBounds(keys, hash, sort);
  });
}

function combinations(choices: readonly (readonly Value[])[]): readonly (readonly Value[])[] {
  return choices.reduce<readonly (readonly Value[])[]>(
    (found, values) => found.flatMap((begun) => distinct(values).map((value) => [...begun, value])),
    [[]],
  );
}

function distinct(values: readonly Value[]): readonly Value[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

/** What the condition says of the sort keys, as far as it narrows the range. The rest is filtered. */
function sortConditions(range: readonly KeyPart[], where: Condition | undefined): readonly SortCondition[] {
  const found: SortCondition[] = [];
  for (const part of range) {
    const condition = conjuncts(where)
      .map((candidate) => sortCondition(part, candidate))
      .find((candidate) => candidate !== undefined);
    if (!condition) break;
    found.push(condition);
    if (condition.operator !== '=') break;
  }
  return found;
}

function sortCondition(part: KeyPart, condition: Condition): SortCondition | undefined {
  const [first, ...rest] = condition.args as readonly Operand[];
  if (!isName(first, part.name)) return undefined;
  const values = rest.flatMap((operand) => (operand.kind === 'value' ? [operand.value] : []));
  if (values.length < rest.length || values.some((value) => typeOf(value) !== part.type)) return undefined;
  if (condition.kind === 'between') return { operator: 'BETWEEN', values };
  if (condition.kind === 'predicate')
    return condition.name === 'begins_with' && part.type !== 'N' ? { operator: 'begins_with', values } : undefined;
  if (condition.kind !== 'compare' || condition.operator === '<>') return undefined;
  return { operator: condition.operator, values };
}

function isReversed({ keys }: Source, { where, order }: SelectStatement): boolean {
  if (order.length === 0) return false;
  if (!keys.hash.every(({ name }) => requiredValues(where, name)))
    throw validationError(
      'Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.',
    );
  for (const { name } of order) {
    if (!keys.parts.some((part) => part.name === name))
      throw validationError(`Variable reference ${name} in ORDER BY clause must be part of the primary key`);
  }
  return order.some(({ name, isDescending }) => isDescending && keys.range.some((part) => part.name === name));
}

/** The key that a condition demands, if it demands all of it. */
export function keyOf(layout: TableLayout, where: Condition | undefined): Item | undefined {
  const key = newItem();
  for (const part of layout.parts) {
    const values = requiredValues(where, part.name);
    if (values?.length !== 1) return undefined;
    key[part.name] = values[0] as Value;
  }
  return key;
}
