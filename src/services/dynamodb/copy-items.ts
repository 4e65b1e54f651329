// Copies the items of a space as they were at one moment, while they go on changing: first as they are found, and then,
// from the history, what they were before whatever has happened since. In steps, and repeatable from the start.

import { afterPrefix, type Count, type Items, type Moment, type Write } from '../../drivers/items/items.ts';
import { readHistory } from './history.ts';
import { sizeOfStored } from './stored-item.ts';
import { byteCounter, itemCounter } from './table-layout.ts';

const copiedAtOnce = 200;
const spaceBytes = 8;

export interface CopySource {
  readonly space: Buffer;
  /** Undone one after the other: a later one reaches further back. */
  readonly histories: readonly UndoneHistory[];
}

export interface UndoneHistory {
  readonly space: Buffer;
  /** What happened later is undone. */
  readonly untilMs: number;
}

/** Where copies go. */
export interface CopyTarget {
  keyOf(tail: Buffer): Buffer;
  /** `after` is absent for an item that was not there. */
  write(
    key: Buffer,
    before: string | undefined,
    after: string | undefined,
    at: Moment,
  ): { readonly writes: readonly Write[]; readonly counts: readonly Count[] };
}

/** What becomes of which item: by the rest of its key. */
type Step = ReadonlyMap<string, string | undefined>;

/** Resolves to whether everything was copied; stops when it is no longer wanted. */
export async function copyItems(
  items: Items,
  source: CopySource,
  target: CopyTarget,
  isWanted: () => boolean,
): Promise<boolean> {
  await items.settled();
  if (!(await copyForwards(items, source, target, isWanted))) return false;
  for (const history of source.histories) if (!(await undo(items, history, target, isWanted))) return false;
  return true;
}

async function copyForwards(items: Items, { space }: CopySource, target: CopyTarget, isWanted: () => boolean) {
  let after: Buffer | undefined;
  for (;;) {
    if (!isWanted()) return false;
    const step = new Map<string, string | undefined>();
    await items.visit({ from: space, to: afterPrefix(space), after }, (key, stored) => {
      step.set(key.toString('latin1', spaceBytes), stored);
      after = Buffer.from(key);
      return step.size < copiedAtOnce;
    });
    if (step.size === 0) return true;
    await writeStep(items, step, target);
  }
}

/** From the latest change back: of several changes of an item in a step, the earliest says what it was. */
export async function undo(
  items: Items,
  { space, untilMs }: UndoneHistory,
  target: CopyTarget,
  isWanted: () => boolean,
): Promise<boolean> {
  await items.settled();
  let after: Buffer | undefined;
  for (;;) {
    if (!isWanted()) return false;
    const step = new Map<string, string | undefined>();
    let isOver = true;
    let seen = 0;
    await items.visit({ from: space, to: afterPrefix(space), reverse: true, after }, (key, value) => {
      const entry = readHistory(value);
      if (entry.atMs <= untilMs) {
        isOver = true;
        return false;
      }
      step.set(entry.tail, entry.stored);
      after = Buffer.from(key);
      seen += 1;
      isOver = seen < copiedAtOnce;
      return !(seen === copiedAtOnce);
    });
    if (step.size > 0) await writeStep(items, step, target);
    if (isOver) return true;
  }
}

async function writeStep(items: Items, step: Step, target: CopyTarget): Promise<void> {
  const keys = [...step.keys()].map((tail) => target.keyOf(Buffer.from(tail, 'latin1')));
  const states = [...step.values()];
  await items.change({
    reads: keys,
    decide(found, at) {
      const written = keys.map((key, index) => target.write(key, found[index], states[index], at));
      return {
        writes: written.flatMap(({ writes }) => writes),
        counts: written.flatMap(({ counts }) => counts),
        result: undefined,
      };
    },
  });
}

/** Items kept as they are stored, under the same keys but for the space, and counted. */
export function plainTarget(space: string): CopyTarget {
  const prefix = Buffer.from(space, 'hex');
  const counters = { spaceName: space };
  return {
    keyOf: (tail) => Buffer.concat([prefix, tail]),
    write(key, before, after) {
      const bytes = (after === undefined ? 0 : sizeOfStored(after)) - (before === undefined ? 0 : sizeOfStored(before));
      const count = Number(after !== undefined) - Number(before !== undefined);
      return {
        writes: [after === undefined ? { key } : { key, value: after }],
        counts: [
          { counter: itemCounter(counters), by: count },
          { counter: byteCounter(counters), by: bytes },
        ],
      };
    },
  };
}
