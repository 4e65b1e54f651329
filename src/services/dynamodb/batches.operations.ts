// BatchGetItem and BatchWriteItem: many items at once, each by itself. Of a batch of writes everything is done in one
// change of the engine; a batch of reads stops at 16 MiB. What is beyond a table's throughput is left unprocessed.

import type { AsyncOperationContext, AsyncOperations } from '../../aws/operation.ts';
import { batchNamesFault } from '../../aws/validation/dynamodb-wording.ts';
import type { Decision } from '../../drivers/items/items.ts';
import type { ConsumedCapacity, DynamodbApi, KeysAndAttributes, WriteRequest } from '../../generated/dynamodb.types.ts';
import { answer, type RawMember, rawItem, rawList, rawStored, rawStructure } from './answer.ts';
import { acceptItem, type Item } from './attribute-value.ts';
import { addUsage, describeUsage, newUsage, readUnits, type Usage } from './capacity.ts';
import { validationError } from './dynamodb.errors.ts';
import { type Projection, project } from './expressions/projection.ts';
import { decideItem, type ItemOutcome, type ItemTask } from './item-change.ts';
import { acceptKey, acceptNewItem, requireKeyOf } from './item-checks.ts';
import { describeCollection } from './item-collections.ts';
import { checkCommandKey, type ItemCommand } from './item-commands.ts';
import { tableKey } from './item-keys.ts';
import { projectionOf, refuseNestedKeys } from './items.operations.ts';
import { itemOfStored, sizeOfStored } from './stored-item.ts';
import type { TableLayout } from './table-layout.ts';
import { requireLayout } from './table-names.ts';
import { type Throttle, throttleOf } from './throttling.ts';

const mostKeys = 100;
const mostWrites = 25;
const largestAnswerBytes = 16 * 1024 * 1024;

function duplicateKeys(): Error {
  return validationError('Provided list of item keys contains duplicates');
}

function refuseNames(...request: Parameters<typeof batchNamesFault>): void {
  const fault = batchNamesFault(...request);
  if (fault !== undefined) throw validationError(fault);
}

interface TableRead {
  readonly name: string;
  readonly given: KeysAndAttributes;
  readonly keys: readonly Item[];
  readonly projection: Projection | undefined;
}

export const batchOperations = {
  async BatchGetItem(ctx, input) {
    refuseNames('BatchGetItem', input.RequestItems);
    const reads = Object.entries(input.RequestItems).map(([name, given]): TableRead => {
      const keys = given.Keys.map((key) => acceptItem(key));
      return { name, given, keys, projection: projectionOf(given) };
    });
    if (reads.reduce((sum, { keys }) => sum + keys.length, 0) > mostKeys)
      throw validationError('Too many items requested for the BatchGetItem call');
    const tables = reads.map((read) => ({ ...read, ...locate(ctx, read) }));
    return readTables(ctx, tables, input.ReturnConsumedCapacity);
  },

  async BatchWriteItem(ctx, input) {
    refuseNames('BatchWriteItem', input.RequestItems);
    const requests = Object.entries(input.RequestItems).map(
      ([name, writes]) => [name, writes.map(writeCommand)] as const,
    );
    if (requests.reduce((sum, [, commands]) => sum + commands.length, 0) > mostWrites)
      throw validationError('Too many items requested for the BatchWriteItem call');
    const tasks = requests.flatMap(([name, commands]) => tasksOf(ctx, name, commands));
    const throttle = throttleOf(ctx.drivers.items);
    const outcomes = await ctx.drivers.items.change({
      reads: tasks.map(({ key }) => key),
      decide(found, at) {
        const rations = throttle && rationsOf(throttle, ctx.nowMs);
        const decisions = tasks.map((task, index) => {
          if (rations?.isOut(task.layout)) return unprocessed;
          const decision = decideItem(task, found[index], at);
          rations?.take(task.layout, decision.result.usage);
          return decision;
        });
        const [first] = tasks;
        if (first && decisions.every((decision) => decision === unprocessed))
          throttle?.admit(first.layout, 'write', ctx.nowMs);
        return {
          writes: decisions.flatMap(({ writes }) => writes),
          counts: decisions.flatMap(({ counts = [] }) => counts),
          result: decisions.map(({ result }) => result),
        };
      },
    });
    const usages = tasks.map(({ layout }, index) => [layout, outcomes[index]?.usage ?? newUsage()] as const);
    if (throttle) for (const [layout, usage] of usages) throttle.take(layout, 'write', ctx.nowMs, usage);
    return answer({
      UnprocessedItems: throttle ? leftOut(input.RequestItems, outcomes) : {},
      ItemCollectionMetrics: describeCollections(tasks, outcomes, input.ReturnItemCollectionMetrics),
      ConsumedCapacity: describeUsages(usages, input.ReturnConsumedCapacity),
    });
  },
} satisfies AsyncOperations<DynamodbApi>;

const unprocessed: Decision<ItemOutcome | undefined> = { writes: [], result: undefined };

/** Those of the requests that were not carried out: outcomes are in their order. */
function leftOut(
  requests: Readonly<Record<string, readonly WriteRequest[]>>,
  outcomes: readonly (ItemOutcome | undefined)[],
): Record<string, readonly WriteRequest[]> {
  let at = 0;
  const left = Object.entries(requests).map(
    ([name, writes]) => [name, writes.filter(() => outcomes[at++] === undefined)] as const,
  );
  return Object.fromEntries(left.filter(([, writes]) => writes.length > 0));
}

/** What of the throughput is left while a batch goes on; it is taken only when the batch is done. */
function rationsOf(throttle: Throttle, nowMs: number) {
  const used = new Map<TableLayout, number>();
  return {
    isOut: (layout: TableLayout) => throttle.left(layout, 'write', nowMs) - (used.get(layout) ?? 0) <= 0,
    take(layout: TableLayout, { table, indexes }: Usage) {
      // Of indexes, whichever takes most counts: a batch may so be left with a little more than it had to be.
      used.set(layout, (used.get(layout) ?? 0) + Math.max(table, ...indexes.values()));
    },
  };
}

interface Located {
  readonly layout: TableLayout;
  readonly engineKeys: readonly Buffer[];
}

function locate(ctx: AsyncOperationContext, { name, keys, projection }: TableRead): Located {
  const layout = requireLayout(ctx, name);
  refuseNestedKeys(layout, projection);
  const engineKeys = keys.map((key) => tableKey(layout, acceptKey(layout, key)));
  if (new Set(engineKeys.map((key) => key.toString('latin1'))).size < engineKeys.length) throw duplicateKeys();
  return { layout, engineKeys };
}

async function readTables(
  ctx: AsyncOperationContext,
  tables: readonly (TableRead & Located)[],
  wanted: Parameters<typeof describeUsage>[0],
): Promise<object> {
  const responses: Record<string, RawMember> = { __proto__: null } as never;
  const unprocessed: Record<string, RawMember> = { __proto__: null } as never;
  const usages: (readonly [TableLayout, Usage])[] = [];
  const throttle = throttleOf(ctx.drivers.items);
  const [first] = tables;
  if (first && tables.every(({ layout }) => throttle && throttle.left(layout, 'read', ctx.nowMs) <= 0))
    throttle?.admit(first.layout, 'read', ctx.nowMs);
  let bytes = 0;
  for (const { name, given, keys, engineKeys, layout, projection } of tables) {
    const usage = newUsage();
    const units = throttle?.left(layout, 'read', ctx.nowMs) ?? Number.POSITIVE_INFINITY;
    const consistency = given.ConsistentRead ? 'strong' : 'eventual';
    await ctx.drivers.items.getMany(engineKeys, (found) => {
      const shown: RawMember[] = [];
      const left: RawMember[] = [];
      found.forEach((stored, index) => {
        const size = stored ? sizeOfStored(stored) : 0;
        if (bytes + size > largestAnswerBytes || usage.table >= units) {
          left.push(rawItem(keys[index] as Item));
          return;
        }
        bytes += size;
        usage.table += readUnits(size, consistency);
        if (stored) shown.push(projection ? rawItem(project(itemOfStored(stored), projection)) : rawStored(stored));
      });
      responses[name] = rawList(shown);
      const { Keys, ...rest } = given;
      if (left.length > 0) unprocessed[name] = rawStructure({ ...rest, Keys: rawList(left) });
    });
    throttle?.take(layout, 'read', ctx.nowMs, usage);
    usages.push([layout, usage]);
  }
  return answer({
    Responses: rawStructure(responses),
    UnprocessedKeys: rawStructure(unprocessed),
    ConsumedCapacity: describeUsages(usages, wanted),
  });
}

function writeCommand(request: WriteRequest): ItemCommand {
  const { PutRequest, DeleteRequest } = request;
  if (PutRequest && DeleteRequest)
    throw validationError(
      'Supplied WriteRequest has more than one request set, must contain exactly one of the supported requests',
    );
  if (PutRequest) return { kind: 'put', given: acceptNewItem(PutRequest.Item), condition: undefined };
  if (DeleteRequest) return { kind: 'delete', given: acceptItem(DeleteRequest.Key, 'older'), condition: undefined };
  throw validationError(
    'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
  );
}

function tasksOf(ctx: AsyncOperationContext, name: string, commands: readonly ItemCommand[]): readonly ItemTask[] {
  const layout = requireLayout(ctx, name);
  const tasks = commands.map((command) => {
    if (command.kind === 'put') requireKeyOf(layout, command.given);
    checkCommandKey(layout, command);
    return { layout, command, key: tableKey(layout, command.given), nowMs: ctx.nowMs };
  });
  if (new Set(tasks.map(({ key }) => key.toString('latin1'))).size < tasks.length) throw duplicateKeys();
  return tasks;
}

export function describeCollections(
  tasks: readonly ItemTask[],
  outcomes: readonly (ItemOutcome | undefined)[],
  wanted: Parameters<typeof describeCollection>[0],
): RawMember | undefined {
  const byTable = new Map<string, Map<string, RawMember>>();
  tasks.forEach(({ layout, command }, index) => {
    const metrics = describeCollection(wanted, layout, command.given, outcomes[index]?.collectionBytes ?? 0);
    if (!metrics) return;
    const known = byTable.get(layout.tableName) ?? new Map<string, RawMember>();
    known.set(metrics.text, metrics);
    byTable.set(layout.tableName, known);
  });
  if (byTable.size === 0) return undefined;
  return rawStructure(
    Object.fromEntries([...byTable].map(([name, metrics]) => [name, rawList([...metrics.values()])])),
  );
}

/** One entry a table. */
export function describeUsages(
  usages: readonly (readonly [TableLayout, Usage])[],
  wanted: Parameters<typeof describeUsage>[0],
  kind?: Parameters<typeof describeUsage>[3],
): readonly ConsumedCapacity[] | undefined {
  if (wanted === undefined || wanted === 'NONE') return undefined;
  const byTable = new Map<TableLayout['tableName'], readonly [TableLayout, Usage]>();
  for (const [layout, usage] of usages) {
    const [, total] = byTable.get(layout.tableName) ?? [layout, newUsage()];
    addUsage(total, usage);
    byTable.set(layout.tableName, [layout, total]);
  }
  return [...byTable.values()].map(([layout, usage]) => describeUsage(wanted, layout, usage, kind) as ConsumedCapacity);
}
