// One command carried out on one item within a change of the engine: condition, new item, and all that has to be written
// for it. Pure, so that a transaction can do it a hundred times in one change.

import type { Decision, Moment } from '../../drivers/items/items.ts';
import type { ReturnValuesOnConditionCheckFailure } from '../../generated/dynamodb.types.ts';
import { type Item, itemToModel, newItem } from './attribute-value.ts';
import { newUsage, type Usage, writeUnits } from './capacity.ts';
import { conditionalCheckFailed, itemCollectionTooLarge } from './dynamodb.errors.ts';
import { satisfies } from './expressions/evaluate.ts';
import { collectionCounter, largestCollectionBytes } from './item-collections.ts';
import { carryOut, type ItemCommand } from './item-commands.ts';
import { type FoundItem, type ItemChange, readFound, writesOf } from './item-writes.ts';
import { sizeOfStored } from './stored-item.ts';
import type { StreamIdentity } from './stream-records.ts';
import type { TableLayout } from './table-layout.ts';

export interface ItemOutcome {
  readonly before: FoundItem | undefined;
  readonly after: Item | undefined;
  readonly usage: Usage;
  /** Of the item's collection, in a table that has them. */
  readonly collectionBytes: number;
}

export interface ItemTask {
  readonly layout: TableLayout;
  /** Of the engine. */
  readonly key: Buffer;
  readonly command: ItemCommand;
  readonly nowMs: number;
  readonly onFailure?: ReturnValuesOnConditionCheckFailure | undefined;
  readonly isTransactional?: boolean;
  readonly identity?: StreamIdentity;
}

const nothing: Item = newItem();

export function decideItem(task: ItemTask, stored: string | undefined, at: Moment): Decision<ItemOutcome> {
  const { layout, command, onFailure } = task;
  const before = readFound(stored);
  if (command.condition && !satisfies(before?.item ?? nothing, command.condition))
    throw (
      command.onFailure?.() ??
      conditionalCheckFailed(onFailure === 'ALL_OLD' && before ? itemToModel(before.item) : undefined)
    );
  const after = carryOut(layout, command, before);
  if (command.kind === 'check') return { writes: [], result: outcome(before, after, task) };
  const { key, nowMs, identity, isTransactional } = task;
  const bytesAfter = after === command.given ? command.givenBytes : undefined;
  const change: ItemChange = { layout, key, before, after, bytesAfter, nowMs, identity, isTransactional };
  const { writes, counts, usage } = writesOf(change, at);
  let collectionBytes = 0;
  if (layout.hasLocalIndexes) {
    const counter = collectionCounter(layout, command.given);
    const growth = counts.find((count) => count.counter === counter)?.by ?? 0;
    collectionBytes = at.counter(counter) + growth;
    if (growth > 0 && collectionBytes > largestCollectionBytes) throw itemCollectionTooLarge();
  }
  return { writes, counts, result: { before, after, usage, collectionBytes } };
}

/** A check costs what writing the item would. */
function outcome(before: FoundItem | undefined, after: Item | undefined, { isTransactional }: ItemTask): ItemOutcome {
  const usage = newUsage();
  usage.table = writeUnits(before ? sizeOfStored(before.stored) : 0, isTransactional);
  return { before, after, usage, collectionBytes: 0 };
}
