// Document paths with their names filled in, and what stands at them in an item.

import { attributeOf, type Item, type Value } from '../attribute-value.ts';
import type { Placeholders } from './placeholders.ts';
import type { PathSyntax } from './syntax.ts';
import type { ExpressionKind } from './tokens.ts';

/** Begins with a name; numbers are positions in lists. */
export type Path = readonly (string | number)[];

export function bindPath(expression: ExpressionKind, { steps }: PathSyntax, placeholders: Placeholders): Path {
  return steps.map((step) => {
    if (typeof step === 'number') return step;
    return step.name.charCodeAt(0) === 35 ? placeholders.name(expression, step.name) : step.name;
  });
}

export function valueAt(item: Item, path: Path): Value | undefined {
  let value = attributeOf(item, path[0] as string);
  for (let i = 1; i < path.length && value; i++) value = partOf(value, path[i] as string | number);
  return value;
}

export function partOf(value: Value, step: string | number): Value | undefined {
  if (typeof step === 'number') return 'L' in value ? value.L[step] : undefined;
  return 'M' in value ? attributeOf(value.M, step) : undefined;
}

/** By their names, and within a list by their positions: an order of all paths, so that any of them can be sorted. */
export function comparePaths(a: Path, b: Path): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const left = a[i] as string | number;
    const right = b[i] as string | number;
    if (left === right) continue;
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    return String(left) < String(right) ? -1 : 1;
  }
  return a.length - b.length;
}

/** As error messages show it: `[a, [0], b]`. */
export function formatPath(path: Path): string {
  return `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`;
}

/** What is wrong with two paths in one expression, if anything. */
export function pathsFault(one: Path, two: Path): string | undefined {
  for (let i = 0; i < one.length && i < two.length; i++) {
    if (typeof one[i] !== typeof two[i]) return fault('conflict', one, two);
    if (one[i] !== two[i]) return undefined;
  }
  return fault('overlap', one, two);
}

function fault(how: 'overlap' | 'conflict', one: Path, two: Path): string {
  return `Two document paths ${how} with each other; must remove or rewrite one of these paths; path one: ${formatPath(one)}, path two: ${formatPath(two)}`;
}

/** The first fault among all pairs; overlaps before conflicts. */
export function faultAmong(paths: readonly Path[]): string | undefined {
  if (paths.length < 2) return undefined;
  let conflict: string | undefined;
  for (let two = 1; two < paths.length; two++) {
    for (let one = 0; one < two; one++) {
      if (paths[one]?.[0] !== paths[two]?.[0]) continue;
      const found = pathsFault(paths[one] as Path, paths[two] as Path);
      if (found?.includes('overlap')) return found;
      conflict ??= found;
    }
  }
  return conflict;
}
