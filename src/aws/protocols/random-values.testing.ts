// For tests: values of any shape from a seed, in our form; and the same values in the form that the AWS SDK uses.

import type { Member, Shape, StructureShape } from '../model.ts';

/** A small seeded generator (mulberry32); the seed comes from fast-check. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface ValueLimits {
  /** How likely an optional member is there. */
  readonly density: number;
  readonly deepest: number;
}

const words = [
  'a',
  'Zz',
  '0',
  'x y',
  'a&b<c>"d"\'e',
  'é',
  '漢字',
  '😀',
  'a=b&c=d',
  '50%',
  'a+b',
  'a/b',
  'k:v',
  '[1]',
  '{"x":1}',
  'line\nbreak',
  'tab\tbed',
  '\\',
];

export type Random = () => number;

/** S3 keeps these as text, and clients take them for dates that they write and read in one form. */
const isDateToSdks = ({ name, shape }: Member): boolean =>
  shape.type === 'string' && /^(?:Response)?Expires$/.test(name);

/** With an SDK's schema of the same thing, only members that it knows too: its model may be of another day. */
export function randomValue(member: Member, random: Random, limits: ValueLimits, schema?: unknown, depth = 0): unknown {
  const { shape } = member;
  if (member.location === 'statusCode') return 200;
  switch (shape.type) {
    case 'structure':
      return randomStructure(shape, random, limits, schema, depth + 1);
    case 'list': {
      const inner = partSchema(schema, 4);
      return Array.from({ length: sizeOf(random, limits, depth) }, () =>
        randomValue(shape.element, random, limits, inner, depth + 1),
      );
    }
    case 'map': {
      const inner = partSchema(schema, 5);
      const entries = Array.from({ length: sizeOf(random, limits, depth) }, () => [
        member.location === 'headers'
          ? `key-${Math.floor(random() * 1e6)}`
          : String(randomValue(shape.key, random, limits, undefined, depth + 1)),
        member.location === 'headers'
          ? `h-${Math.floor(random() * 1e6)}`
          : randomValue(shape.value, random, limits, inner, depth + 1),
      ]);
      return Object.fromEntries(entries);
    }
    case 'string':
      return member.enum && member.enum.length > 0 ? pick(member.enum, random) : randomText(member, random);
    case 'boolean':
      return random() < 0.5;
    case 'integer':
      return Math.floor((random() - 0.5) * 2 ** 32);
    case 'long':
      return Math.floor((random() - 0.5) * 2 ** 53);
    case 'float':
      return Math.fround((random() - 0.5) * 1000);
    case 'double':
      return random() < 0.3 ? Math.floor(random() * 100) : (random() - 0.5) * 1e6;
    case 'timestamp':
      return Math.floor(random() * 4_000_000_000) * 1000;
    case 'blob':
      return Uint8Array.from({ length: 1 + Math.floor(random() * 12) }, () => Math.floor(random() * 256));
  }
}

export function randomStructure(
  shape: StructureShape,
  random: Random,
  limits: ValueLimits,
  schema?: unknown,
  depth = 0,
): Record<string, unknown> {
  const known = memberSchemas(schema);
  const members = shape.members.filter((member) => (!known || known.has(member.name)) && !isDateToSdks(member));
  const value: Record<string, unknown> = {};
  // The model of DynamoDB does not say that AttributeValue is a union; the SDK's does.
  if (shape.union || shape.name === 'AttributeValue') {
    const member = pick(members, random);
    return { [member.name]: randomValue(member, random, limits, known?.get(member.name), depth) };
  }
  for (const member of members) {
    // What is there on the wire whether it was asked for or not.
    const isWhole =
      (member === shape.payload && member.shape.type === 'blob') || member.locationName === 'Content-Type';
    const isBound = member.required || member.idempotencyToken || isWhole || member.location === 'statusCode';
    const isWanted = isBound || random() < (depth > limits.deepest ? 0 : limits.density);
    if (isWanted && depth <= limits.deepest + 4)
      value[member.name] = randomValue(member, random, limits, known?.get(member.name), depth);
  }
  return value;
}

// The SDK's schemas are arrays: [kind, namespace, name, traits, ...parts]; a part may be a function that gives one, and
// one with traits of its own is a pair.
function resolveSchema(schema: unknown): readonly unknown[] | undefined {
  let found = schema;
  while (typeof found === 'function' || (Array.isArray(found) && typeof found[1] !== 'string'))
    found = typeof found === 'function' ? found() : found[0];
  return Array.isArray(found) ? found : undefined;
}

function partSchema(schema: unknown, index: number): unknown {
  return resolveSchema(schema)?.[index];
}

function memberSchemas(schema: unknown): ReadonlyMap<string, unknown> | undefined {
  const found = resolveSchema(schema);
  if (!found || !Array.isArray(found[4])) return undefined;
  const schemas = found[5] as readonly unknown[];
  return new Map((found[4] as readonly string[]).map((name, index) => [name, schemas[index]]));
}

function sizeOf(random: Random, limits: ValueLimits, depth: number): number {
  return depth > limits.deepest ? 0 : 1 + Math.floor(random() * 2.5);
}

function randomText(member: Member, random: Random): string {
  // Headers and paths admit less: what they cannot carry no SDK can send.
  if (member.location === 'header' || member.location === 'headers') return `h-${Math.floor(random() * 1e6)}`;
  // Strings in botocore's model, numbers in the SDK's, or the other way round.
  if (/^MaxItems$|Marker$/.test(member.name)) return String(Math.floor(random() * 1e6));
  if (member.location === 'uri') return `u-${Math.floor(random() * 1e6)} +%/é`.replace('/', random() < 0.5 ? '/' : '_');
  return pick(words, random) + Math.floor(random() * 100) + pick(words, random);
}

function pick<T>(from: readonly T[], random: Random): T {
  return from[Math.floor(random() * from.length)] as T;
}

/** Dates instead of milliseconds. */
export function toSdk(shape: Shape, value: unknown): unknown {
  return convert(shape, value, (atMs) => new Date(atMs as number));
}

/** Milliseconds instead of dates, plain bytes instead of the SDK's dressed-up ones; members that the model lacks go. */
export function fromSdk(shape: Shape, value: unknown): unknown {
  return convert(shape, value, (date) => (date as Date).getTime());
}

function convert(shape: Shape, value: unknown, timestamp: (value: unknown) => unknown): unknown {
  if (value === undefined || value === null) return undefined;
  switch (shape.type) {
    case 'structure': {
      const from = value as Record<string, unknown>;
      const members = shape.members.filter(({ name }) => from[name] !== undefined);
      return Object.fromEntries(
        members.map((member) => [member.name, convert(member.shape, from[member.name], timestamp)]),
      );
    }
    case 'list':
      return (value as unknown[]).map((element) => convert(shape.element.shape, element, timestamp));
    case 'map':
      return Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [key, convert(shape.value.shape, entry, timestamp)]),
      );
    case 'timestamp':
      return timestamp(value);
    case 'blob':
      return value instanceof Uint8Array ? new Uint8Array(value) : value;
    case 'string':
      return String(value);
    case 'integer':
      return Number(value);
    default:
      return value;
  }
}

/** Without what XML and forms cannot tell from nothing: empty lists, maps and structures. */
export function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pruned).filter((entry) => !isEmpty(entry));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).map(([key, entry]) => [key, pruned(entry)] as const);
  return Object.fromEntries(entries.filter(([, entry]) => !isEmpty(entry)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined) return true;
  return (
    typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && Object.keys(value).length === 0
  );
}
