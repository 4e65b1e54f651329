// Gathers what an export holds in a space of its own: for a full export the items as they were at its moment, for an
// incremental one what each item that changed was before and after its window. In steps, and repeatable from the start.

import { afterPrefix, type Items } from '../../drivers/items/items.ts';
import type { Item } from './attribute-value.ts';
import { copyItems, plainTarget, undo } from './copy-items.ts';
import type { ExportSpec, ExportWindow } from './exports.table.ts';
import { readHistory } from './history.ts';
import { itemOfStored, sizeOfStored } from './stored-item.ts';
import { keysOf } from './stream-records.ts';
import type { KeyPart } from './table-layout.ts';

const gatheredAtOnce = 200;
const spaceBytes = 8;

/** Resolves to whether everything was gathered; stops when it is no longer wanted. */
export async function gatherExport(items: Items, spec: ExportSpec, isWanted: () => boolean): Promise<boolean> {
  await items.clear(Buffer.from(spec.scratchSpace, 'hex'), `${spec.scratchSpace}/`);
  if (spec.window) return gatherChanges(items, spec, spec.window, isWanted);
  const source = {
    space: Buffer.from(spec.table.space, 'hex'),
    histories: [
      { space: Buffer.from(spec.runningSpace, 'hex'), untilMs: Number.NEGATIVE_INFINITY },
      { space: Buffer.from(spec.historySpace, 'hex'), untilMs: spec.exportTimeMs },
    ],
  };
  return copyItems(items, source, plainTarget(spec.scratchSpace), isWanted);
}

/** An item that changed, or may have: kept as JSON under the rest of its key. */
interface Gathered {
  /** When it changed last within the window; absent when it changed only later. */
  readonly atMs?: number;
  readonly old?: string;
  readonly new?: string;
  /** Whether the history says what it was at the end of the window; else the table does. */
  readonly isKnown: boolean;
  /** Any version of it: they all have its keys. */
  readonly any?: string;
}

async function gatherChanges(
  items: Items,
  spec: ExportSpec,
  window: ExportWindow,
  isWanted: () => boolean,
): Promise<boolean> {
  await items.settled();
  if (!(await walkBack(items, spec, window, isWanted))) return false;
  if (!(await addPresent(items, spec, isWanted))) return false;
  const scratch = Buffer.from(spec.scratchSpace, 'hex');
  const running = { space: Buffer.from(spec.runningSpace, 'hex'), untilMs: Number.NEGATIVE_INFINITY };
  const target = {
    keyOf: (tail: Buffer) => Buffer.concat([scratch, tail]),
    write(key: Buffer, kept: string | undefined, state: string | undefined) {
      const gathered = kept === undefined ? undefined : (JSON.parse(kept) as Gathered);
      if (!gathered || gathered.isKnown) return { writes: [], counts: [] };
      return { writes: [{ key, value: JSON.stringify({ ...gathered, new: state }) }], counts: [] };
    },
  };
  return undo(items, running, target, isWanted);
}

interface Step {
  readonly atMs: number;
  readonly tail: string;
  readonly stored?: string;
}

/** From the latest change back to where the window begins: that moment is within, and the one where it ends is not. */
async function walkBack(items: Items, spec: ExportSpec, window: ExportWindow, isWanted: () => boolean) {
  const space = Buffer.from(spec.historySpace, 'hex');
  const scratch = Buffer.from(spec.scratchSpace, 'hex');
  let after: Buffer | undefined;
  for (;;) {
    if (!isWanted()) return false;
    const steps: Step[] = [];
    await items.visit({ from: space, to: afterPrefix(space), reverse: true, after }, (key, value) => {
      const entry = readHistory(value);
      if (entry.atMs < window.fromMs) return false;
      steps.push(entry);
      after = Buffer.from(key);
      return steps.length < gatheredAtOnce;
    });
    if (steps.length === 0) return true;
    const tails = [...new Set(steps.map(({ tail }) => tail))];
    const keys = tails.map((tail) => Buffer.concat([scratch, Buffer.from(tail, 'latin1')]));
    await items.change({
      reads: keys,
      decide(found) {
        const gathered = new Map(
          tails.map((tail, index) => [
            tail,
            found[index] === undefined ? undefined : (JSON.parse(found[index]) as Gathered),
          ]),
        );
        for (const step of steps) gathered.set(step.tail, withStep(gathered.get(step.tail), step, window));
        const writes = keys.map((key, index) => ({ key, value: JSON.stringify(gathered.get(tails[index] as string)) }));
        return { writes, result: undefined };
      },
    });
    if (steps.length < gatheredAtOnce) return true;
  }
}

function withStep(gathered: Gathered | undefined, { atMs, stored }: Step, { toMs }: ExportWindow): Gathered {
  const any = gathered?.any ?? stored;
  const kept = { ...gathered, isKnown: gathered?.isKnown ?? false, ...(any !== undefined && { any }) };
  const { old, new: _, ...rest } = kept as Gathered;
  if (atMs >= toMs) return { ...rest, isKnown: true, ...(stored !== undefined && { new: stored }) };
  return {
    ...rest,
    ...(gathered?.new !== undefined && { new: gathered.new }),
    atMs: gathered?.atMs ?? atMs,
    ...(stored !== undefined && { old: stored }),
  };
}

/** What did not change since is now what it was when the window ended. */
async function addPresent(items: Items, spec: ExportSpec, isWanted: () => boolean): Promise<boolean> {
  const table = Buffer.from(spec.table.space, 'hex');
  const scratch = Buffer.from(spec.scratchSpace, 'hex');
  let after: Buffer | undefined;
  for (;;) {
    if (!isWanted()) return false;
    const unknown: { readonly key: Buffer; readonly gathered: Gathered }[] = [];
    let seen = 0;
    await items.visit({ from: scratch, to: afterPrefix(scratch), after }, (key, value) => {
      const gathered = JSON.parse(value) as Gathered;
      seen += 1;
      after = Buffer.from(key);
      if (!gathered.isKnown) unknown.push({ key: after, gathered });
      return seen < gatheredAtOnce;
    });
    if (seen === 0) return true;
    await items.change({
      reads: unknown.map(({ key }) => Buffer.concat([table, key.subarray(spaceBytes)])),
      decide: (found) => ({
        writes: unknown.map(({ key, gathered }, index) => ({
          key,
          value: JSON.stringify({ ...gathered, new: found[index], any: gathered.any ?? found[index] }),
        })),
        result: undefined,
      }),
    });
  }
}

/** What one line of an export shows. */
export type Exported =
  | { readonly Item: Item }
  | { readonly Metadata: Item; readonly Keys: Item; readonly OldImage?: Item; readonly NewImage?: Item };

export interface ExportedPiece {
  readonly shown: Exported;
  readonly bytes: number;
}

/** Undefined for an item that did not change within the window. */
export function pieceOf(
  spec: ExportSpec,
  value: string,
  pick: (item: Item) => Item | undefined,
): ExportedPiece | undefined {
  if (!spec.window) {
    const shown = pick(itemOfStored(value));
    return shown && { shown: { Item: shown }, bytes: sizeOfStored(value) };
  }
  const gathered = JSON.parse(value) as Gathered;
  const { atMs, old, any } = gathered;
  if (atMs === undefined || any === undefined) return undefined;
  const isOldShown = old !== undefined && spec.window.viewType === 'NEW_AND_OLD_IMAGES';
  return {
    shown: {
      Metadata: { WriteTimestampMicros: { N: String(atMs * 1000) } },
      Keys: keysOf({ parts: keyParts(spec) }, itemOfStored(any)),
      ...(isOldShown && { OldImage: itemOfStored(old) }),
      ...(gathered.new !== undefined && { NewImage: itemOfStored(gathered.new) }),
    },
    bytes: (isOldShown ? sizeOfStored(old) : 0) + (gathered.new === undefined ? 0 : sizeOfStored(gathered.new)),
  };
}

function keyParts({ table }: ExportSpec): readonly KeyPart[] {
  return table.keySchema.map(({ AttributeName }) => ({
    name: AttributeName,
    type: table.attributeTypes[AttributeName] as KeyPart['type'],
  }));
}
