// Reads a page of a Query or Scan: entries in order until the limit, 1 MiB, or the end. What is neither filtered nor
// projected is answered as the text it is stored in.

import type { Items, KeyRange } from '../../drivers/items/items.ts';
import { type RawMember, rawItem, rawText } from './answer.ts';
import type { Item } from './attribute-value.ts';
import { addIndexUnits, newUsage, type ReadConsistency, readUnits, type Usage } from './capacity.ts';
import type { Condition } from './expressions/condition.ts';
import { satisfies } from './expressions/evaluate.ts';
import { tableKey } from './item-keys.ts';
import type { Answered, Source } from './read-source.ts';
import { lastEvaluatedKey } from './read-source.ts';
import { itemOfStored, sizeOfStored, textOfStored } from './stored-item.ts';

const largestPageBytes = 1024 * 1024;

export interface PagePlan {
  readonly source: Source;
  readonly range: KeyRange;
  readonly limit: number | undefined;
  readonly filter: Condition | undefined;
  readonly answered: Answered;
  readonly consistency: ReadConsistency;
  /** Of other pages that are answered with this one. */
  readonly bytesBefore?: number;
}

export interface Page {
  readonly items: readonly RawMember[] | undefined;
  readonly count: number;
  readonly scannedCount: number;
  readonly scannedBytes: number;
  readonly lastKey: RawMember | undefined;
  /** The engine's key of the last entry, when there may be more behind it. */
  readonly lastEntry: Buffer | undefined;
  readonly usage: Usage;
}

export async function readPage(items: Items, plan: PagePlan): Promise<Page> {
  const { source, answered, filter } = plan;
  const found: RawMember[] = [];
  const fetched: Item[] = [];
  const { fromTable } = answered.kind === 'count' ? { fromTable: false } : answered;
  let count = 0;
  const scanned = await scan(items, plan, (text) => {
    if (!filter && answered.kind === 'count') count += 1;
    else if (!filter && answered.kind === 'all' && !fromTable) found.push(rawText(text));
    else {
      const item = JSON.parse(text) as Item;
      if (fromTable) fetched.push(item);
      else if (!filter || satisfies(item, filter)) {
        count += 1;
        if (answered.kind !== 'count') found.push(shown(item, answered));
      }
    }
  });
  const usage = usageOf(plan, scanned.bytes);
  if (fromTable) await addFromTable(items, plan, fetched, found, usage);
  return {
    items: answered.kind === 'count' ? undefined : found,
    count: answered.kind === 'count' ? count : found.length,
    scannedCount: scanned.count,
    scannedBytes: scanned.bytes,
    lastKey: scanned.last && rawItem(lastEvaluatedKey(source, scanned.last)),
    lastEntry: scanned.lastEntry,
    usage,
  };
}

interface Scanned {
  readonly count: number;
  readonly bytes: number;
  /** The last item of a page that ended before the end. */
  readonly last: Item | undefined;
  readonly lastEntry: Buffer | undefined;
}

async function scan(
  items: Items,
  { range, limit, bytesBefore = 0 }: PagePlan,
  take: (text: string) => void,
): Promise<Scanned> {
  let count = 0;
  let bytes = 0;
  let last: Item | undefined;
  let lastEntry: Buffer | undefined;
  await items.visit(range, (key, stored) => {
    count += 1;
    bytes += sizeOfStored(stored);
    take(textOfStored(stored));
    if (count !== limit && bytesBefore + bytes < largestPageBytes) return true;
    last = itemOfStored(stored);
    lastEntry = Buffer.from(key);
    return false;
  });
  return { count, bytes, last, lastEntry };
}

function shown(item: Item, answered: Exclude<Answered, { readonly kind: 'count' }>): RawMember {
  return rawItem(answered.kind === 'some' ? answered.pick(item) : item);
}

function usageOf({ source, consistency }: PagePlan, bytes: number): Usage {
  const usage = newUsage();
  const units = readUnits(bytes, consistency);
  if (source.index) addIndexUnits(usage, source.index, units);
  else usage.table = units;
  return usage;
}

/** What a local index lacks costs a read of the table for each item. */
async function addFromTable(
  items: Items,
  { source, filter, answered, consistency }: PagePlan,
  entries: readonly Item[],
  found: RawMember[],
  usage: Usage,
): Promise<void> {
  if (answered.kind === 'count') return;
  const keys = entries.map((entry) => tableKey(source.table, entry));
  await items.getMany(keys, (values) => {
    for (const stored of values) {
      if (!stored) continue;
      usage.table += readUnits(sizeOfStored(stored), consistency);
      const item = itemOfStored(stored);
      if (!filter || satisfies(item, filter)) found.push(shown(item, answered));
    }
  });
}
