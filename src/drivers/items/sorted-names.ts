// Names that come in any order and are wanted in theirs, now and then: those that came since are sorted when somebody asks.
// Sorted runs of a size are merged, so that there are few of them, and a name is seldom moved.

import { lowerBound } from '../../kernel/lower-bound.ts';

const longer = 4;

export class SortedNames {
  /** Each much longer than the one behind it, so there are few. */
  readonly #runs: string[][] = [];
  #unsorted: string[] = [];

  /** Each name once. */
  add(name: string): void {
    this.#unsorted.push(name);
  }

  /** From `from` to before `to`, or from the last of them backwards. Nothing may be added meanwhile. */
  *between(from: string, to: string, isBackwards: boolean): Iterable<string> {
    this.#sort();
    const parts = this.#runs.map((run) => ({ run, low: lowerBound(run, from), high: lowerBound(run, to) }));
    for (;;) {
      let first: (typeof parts)[number] | undefined;
      let name = '';
      for (const part of parts) {
        if (part.low >= part.high) continue;
        const own = part.run[isBackwards ? part.high - 1 : part.low] as string;
        if (first && (isBackwards ? own < name : own > name)) continue;
        first = part;
        name = own;
      }
      if (!first) return;
      if (isBackwards) first.high -= 1;
      else first.low += 1;
      yield name;
    }
  }

  #sort(): void {
    if (this.#unsorted.length === 0) return;
    let run = this.#unsorted.sort();
    this.#unsorted = [];
    for (let last = this.#runs.at(-1); last && last.length < run.length * longer; last = this.#runs.at(-1)) {
      this.#runs.pop();
      run = merged(last, run);
    }
    this.#runs.push(run);
  }
}

function merged(one: readonly string[], other: readonly string[]): string[] {
  const all: string[] = [];
  let i = 0;
  for (const name of one) {
    while (i < other.length && (other[i] as string) < name) all.push(other[i++] as string);
    all.push(name);
  }
  while (i < other.length) all.push(other[i++] as string);
  return all;
}
