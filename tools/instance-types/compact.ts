// Packs answers of DescribeInstanceTypes and DescribeInstanceTypeOfferings into the facts that
// src/services/ec2/instance-types.ts reads: each column's distinct values once, and a row of their numbers for each type.

import {
  type Facts,
  type FactsHead,
  type FactsType,
  type FactsValue,
  zoneMaskDigits,
} from '../../src/services/ec2/instance-types.ts';

export type TypeInfo = Readonly<Record<string, unknown>> & { readonly InstanceType: string };

export interface ZoneOffering {
  readonly InstanceType: string;
  /** A zone id: `use1-az1`. */
  readonly Location: string;
}

/** Types by name, and the zone ids that offer them, by region. */
export interface Answers {
  readonly types: ReadonlyMap<string, TypeInfo>;
  readonly offerings: ReadonlyMap<string, readonly ZoneOffering[]>;
}

// Members that differ in a few of their own members only, which are columns of their own.
const groups = new Set(['NetworkInfo', 'EbsInfo', 'VCpuInfo']);

export function compactInstanceTypes(source: string, answers: Answers): Facts {
  const names = [...answers.types.keys()].sort();
  const flat = new Map(names.map((name) => [name, flatten(answers.types.get(name)!)]));
  const columns = [...new Set([...flat.values()].flatMap((members) => [...members.keys()]))].sort();
  const places = new Map(columns.map((column) => [column, numberValues(column, flat.values())]));
  const zones = listZones(answers.offerings);
  const head: FactsHead = { source, columns, zones };
  const values: FactsValue[] = columns.flatMap((column) =>
    [...places.get(column)!.keys()].map((json) => ({ column, value: JSON.parse(json) as unknown })),
  );
  const types: FactsType[] = names.map((type) => ({
    type,
    row: columns.map((column) => placeOf(flat.get(type)!.get(column), places.get(column)!)).join(' '),
    zones: Object.entries(zones)
      .map(([region, zoneIds]) => zoneMask(zoneIds, answers.offerings.get(region) ?? [], type))
      .join(''),
  }));
  return [head, ...values, ...types];
}

/** One fact a line, so that a change of AWS's shows as lines. */
export function formatFacts(facts: Facts): string {
  return `[\n${facts.map((fact) => JSON.stringify(fact)).join(',\n')}\n]\n`;
}

/** `NetworkInfo.NetworkCards` → its JSON, for every member but the name. */
function flatten(info: TypeInfo): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  for (const [name, value] of Object.entries(info)) {
    if (name === 'InstanceType' || value === undefined || value === null) continue;
    if (!groups.has(name)) members.set(name, sortedJson(value));
    else for (const [inner, part] of Object.entries(value)) members.set(`${name}.${inner}`, sortedJson(part));
  }
  return members;
}

/** JSON that does not depend on the order in which members came. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The most frequent values first, so that their numbers are short and stay when a rare one is added. */
function numberValues(column: string, types: Iterable<ReadonlyMap<string, string>>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const members of types) {
    const json = members.get(column);
    if (json !== undefined) counts.set(json, (counts.get(json) ?? 0) + 1);
  }
  const ordered = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return new Map(ordered.map(([json], place) => [json, place]));
}

function placeOf(json: string | undefined, places: ReadonlyMap<string, number>): string {
  return json === undefined ? '-' : String(places.get(json));
}

function listZones(offerings: Answers['offerings']): Readonly<Record<string, readonly string[]>> {
  const regions = [...offerings.keys()].sort();
  return Object.fromEntries(
    regions.map((region) => [region, [...new Set(offerings.get(region)!.map((offering) => offering.Location))].sort()]),
  );
}

function zoneMask(zoneIds: readonly string[], offerings: readonly ZoneOffering[], type: string): string {
  if (2 ** zoneIds.length > zoneMaskDigits.length)
    throw new Error(`${zoneIds.join(', ')}: too many zones for one character`);
  const offered = new Set(
    offerings.filter((offering) => offering.InstanceType === type).map((offering) => offering.Location),
  );
  const mask = zoneIds.reduce((bits, zoneId, i) => (offered.has(zoneId) ? bits | (1 << i) : bits), 0);
  return zoneMaskDigits.charAt(mask);
}
