// What AWS's instance types are, and where they are offered: the answers of DescribeInstanceTypes and
// DescribeInstanceTypeOfferings, which tools/instance-types packs into src/generated, read on first use.

import { existsSync, readFileSync } from 'node:fs';
import type { InstanceTypeInfo } from '../../generated/ec2.types.ts';
import { regionFacts, type ZoneFacts } from './regions.facts.ts';

export interface InstanceTypes {
  /** In ascending order. */
  readonly names: readonly string[];
  get(name: string): InstanceTypeInfo | undefined;
  /** Ids of the zones that offer the type; undefined when nothing is known of the region. */
  zoneIdsOffering(name: string, region: string): readonly string[] | undefined;
}

/** What the file holds: the head, then the values of columns in the order of their numbers, then the types. */
export type Facts = readonly [FactsHead, ...(readonly (FactsValue | FactsType)[])];

export interface FactsHead {
  readonly source: string;
  /** Members of InstanceTypeInfo, some of them a level down: `NetworkInfo.NetworkCards`. */
  readonly columns: readonly string[];
  /** By region, in the order in which FactsType.zones speaks of them. */
  readonly zones: Readonly<Record<string, readonly string[]>>;
}

export interface FactsValue {
  readonly column: string;
  readonly value: unknown;
}

export interface FactsType {
  readonly type: string;
  /** For each column the number of its value, or `-` for none; separated by blanks. */
  readonly row: string;
  /** For each region a character whose place in `zoneMaskDigits` is a bit mask of the zones that offer the type. */
  readonly zones: string;
}

export const zoneMaskDigits = '.123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/';

export function createInstanceTypes([head, ...facts]: Facts): InstanceTypes {
  const values = new Map(head.columns.map((column) => [column, [] as unknown[]]));
  const types = new Map<string, FactsType>();
  for (const fact of facts) {
    if ('column' in fact) values.get(fact.column)?.push(fact.value);
    else types.set(fact.type, fact);
  }
  const regions = Object.keys(head.zones);
  const described = new Map<string, InstanceTypeInfo>();
  return {
    names: [...types.keys()].sort(),
    get(name) {
      const fact = types.get(name);
      let info = described.get(name);
      if (fact && !info) {
        info = describeType(fact, head.columns, values);
        described.set(name, info);
      }
      return info;
    },
    zoneIdsOffering(name, region) {
      const zoneIds = head.zones[region];
      const mask = zoneMaskDigits.indexOf(types.get(name)?.zones.charAt(regions.indexOf(region)) || '.');
      return zoneIds?.filter((_, i) => (mask & (1 << i)) !== 0);
    },
  };
}

function describeType(
  fact: FactsType,
  columns: readonly string[],
  values: ReadonlyMap<string, readonly unknown[]>,
): InstanceTypeInfo {
  const info: Record<string, unknown> = { InstanceType: fact.type };
  const places = fact.row.split(' ');
  for (const [i, column] of columns.entries()) {
    const place = places[i];
    if (place === '-') continue;
    const dot = column.indexOf('.');
    const target = dot < 0 ? info : groupOf(info, column.slice(0, dot));
    target[column.slice(dot + 1)] = values.get(column)?.[Number(place)];
  }
  return info as InstanceTypeInfo;
}

function groupOf(info: Record<string, unknown>, name: string): Record<string, unknown> {
  const group = (info[name] ?? {}) as Record<string, unknown>;
  info[name] = group;
  return group;
}

let instanceTypes: InstanceTypes | undefined;

function loaded(): InstanceTypes {
  instanceTypes ??= createInstanceTypes(JSON.parse(readFileSync(findFacts(), 'utf8')) as Facts);
  return instanceTypes;
}

/** In a checkout the facts are in src/generated; beside a bundle in dist/generated. */
function findFacts(): URL {
  const candidates = ['../../generated/', './generated/'].map(
    (path) => new URL(`${path}ec2.instance-types.json`, import.meta.url),
  );
  const found = candidates.find((url) => existsSync(url));
  if (!found) throw new Error(`the instance types are in none of ${candidates.join(', ')}`);
  return found;
}

/** All that AWS has in any region, in ascending order. */
export function instanceTypeNames(): readonly string[] {
  return loaded().names;
}

/** As DescribeInstanceTypes shows it. */
export function getInstanceType(name: string): InstanceTypeInfo | undefined {
  return loaded().get(name);
}

// A region of which nothing is known offers what this one does: it has most types, each in most of its three zones.
const standIn = 'us-east-2';

/** The zones of a region in which instances of the type can be launched; none when AWS does not offer it there. */
export function zonesOffering(name: string, region: string): readonly ZoneFacts[] {
  const { zones } = regionFacts(region);
  const zoneIds = loaded().zoneIdsOffering(name, region);
  if (zoneIds) return zones.filter((zone) => zoneIds.includes(zone.id));
  const numbers = (loaded().zoneIdsOffering(name, standIn) ?? []).map(zoneNumber);
  return zones.filter((zone) => numbers.includes(zoneNumber(zone.id)));
}

/** `use1-az4` → `az4`. */
function zoneNumber(zoneId: string): string {
  return zoneId.slice(zoneId.indexOf('-') + 1);
}

/** The types that some zone of the region offers, in ascending order. */
export function instanceTypesOffered(region: string): readonly string[] {
  return instanceTypeNames().filter((name) => zonesOffering(name, region).length > 0);
}
