// Picks parts of items by document paths. Elements of lists that were picked close ranks, in the order of the list.

import { attributeOf, type Item, newItem, type Value } from '../attribute-value.ts';
import { invalidExpression } from '../dynamodb.errors.ts';
import { memoizeByText } from './parsed-cache.ts';
import { bindPath, faultAmong, type Path, partOf } from './paths.ts';
import type { Placeholders } from './placeholders.ts';
import { parseProjection } from './projection-parser.ts';

export type Projection = readonly Path[];

const parse = memoizeByText(parseProjection);

export function bindProjection(text: string, placeholders: Placeholders): Projection {
  const paths = parse(text).map((path) => bindPath('ProjectionExpression', path, placeholders));
  const fault = faultAmong(paths);
  if (fault !== undefined) throw invalidExpression('ProjectionExpression', fault);
  return paths;
}

/** A whole attribute, or what is picked of it. */
type Pick = true | Map<string | number, Pick>;

export function project(item: Item, projection: Projection): Item {
  if (projection.every((path) => path.length === 1)) return pickAttributes(item, projection);
  const picks = new Map<string | number, Pick>();
  for (const path of projection) addPath(picks, path);
  const result = newItem();
  for (const [name, pick] of picks) {
    const value = attributeOf(item, name as string);
    const picked = value && pickFrom(value, pick);
    if (picked) result[name as string] = picked;
  }
  return result;
}

function pickAttributes(item: Item, projection: Projection): Item {
  const result = newItem();
  for (const [name] of projection) {
    const value = attributeOf(item, name as string);
    if (value) result[name as string] = value;
  }
  return result;
}

function addPath(picks: Map<string | number, Pick>, path: Path): void {
  let level = picks;
  path.forEach((step, index) => {
    if (index === path.length - 1) level.set(step, true);
    else {
      let next = level.get(step);
      if (!(next instanceof Map)) {
        next = new Map();
        level.set(step, next);
      }
      level = next;
    }
  });
}

/** Undefined when nothing of it was picked. */
function pickFrom(value: Value, pick: Pick): Value | undefined {
  if (pick === true) return value;
  if ('L' in value) {
    const positions = [...pick.keys()].filter((step) => typeof step === 'number').sort((a, b) => a - b);
    const elements = positions.flatMap((position) => {
      const element = partOf(value, position);
      const picked = element && pickFrom(element, pick.get(position) as Pick);
      return picked ? [picked] : [];
    });
    return elements.length > 0 ? { L: elements } : undefined;
  }
  if (!('M' in value)) return undefined;
  const map = newItem();
  for (const [name, inner] of pick) {
    const part = typeof name === 'string' ? attributeOf(value.M, name) : undefined;
    const picked = part && pickFrom(part, inner);
    if (picked) map[name as string] = picked;
  }
  return Object.keys(map).length > 0 ? { M: map } : undefined;
}
