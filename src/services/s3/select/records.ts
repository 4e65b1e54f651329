// Records as queries see them: columns of a line of CSV, by header or by place (`_1`), or a JSON value.

import { missingHeaders } from './select.errors.ts';
import type { PathStep } from './syntax.ts';
import { ofJson, type Value } from './values.ts';

/** Where columns are, by the names that the first line gives them. */
export interface Header {
  readonly names: readonly string[];
  /** The first of those that are the same but for their capitals. */
  readonly places: ReadonlyMap<string, number>;
  readonly exactPlaces: ReadonlyMap<string, number>;
}

export interface CsvRecord {
  readonly columns: readonly string[];
  readonly header: Header | undefined;
}

export interface JsonRecord {
  readonly json: unknown;
  /** As it stands in the object; absent for a part of it. */
  readonly source?: string;
}

export type SelectRecord = CsvRecord | JsonRecord;

export function makeHeader(names: readonly string[]): Header {
  const places = new Map<string, number>();
  const exactPlaces = new Map<string, number>();
  names.forEach((name, place) => {
    if (!places.has(name.toLowerCase())) places.set(name.toLowerCase(), place);
    if (!exactPlaces.has(name)) exactPlaces.set(name, place);
  });
  return { names, places, exactPlaces };
}

export function readPath(record: SelectRecord, steps: readonly PathStep[]): Value {
  if ('columns' in record) return readColumn(record, steps);
  return ofJson(stepThrough(record.json, steps));
}

function readColumn({ columns, header }: CsvRecord, steps: readonly PathStep[]): Value {
  const [step] = steps;
  if (!step) return header ? Object.fromEntries(header.names.map((name, i) => [name, columns[i]])) : columns;
  if (steps.length > 1 || step.kind === 'index') return undefined;
  const named = (step.isQuoted ? header?.exactPlaces : header?.places)?.get(
    step.isQuoted ? step.name : step.name.toLowerCase(),
  );
  if (named !== undefined) return columns[named];
  const place = /^_(\d{1,6})$/.exec(step.name)?.[1];
  if (place === undefined) throw missingHeaders();
  return columns[Number(place) - 1];
}

export function stepThrough(value: unknown, steps: readonly PathStep[]): unknown {
  let at = value;
  for (const step of steps) {
    if (step.kind === 'index') at = Array.isArray(at) ? at[step.index] : undefined;
    else at = memberOf(at, step);
    if (at === undefined) return undefined;
  }
  return at;
}

function memberOf(value: unknown, { name, isQuoted }: PathStep & { readonly kind: 'name' }): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const members = value as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(members, name)) return members[name];
  if (isQuoted) return undefined;
  const wanted = name.toLowerCase();
  for (const key of Object.keys(members)) if (key.toLowerCase() === wanted) return members[key];
  return undefined;
}
