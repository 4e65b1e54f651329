// Reads inputs from values that JSON.parse or the CBOR decoder made. Every value's type is checked, so that a handler
// can trust its input's types. Shapes are compiled into closures on first use. Whoever decodes hands over what it read: a
// structure or a list that is as the model has it becomes the input as it is, and is not copied.

import { newRecord } from '../../kernel/record.ts';
import type { ListShape, MapShape, Member, Shape, StructureShape } from '../model.ts';
import { deepestNesting, type Refuse } from './protocol.ts';
import { fromEpochSeconds, parseTimestamp } from './timestamps.ts';

/** `depth` counts the structures, lists and maps around the value. */
export type DocumentReader = (value: unknown, depth: number) => unknown;

export interface DocumentStyle {
  readonly refuse: Refuse;
  /** JSON names members by locationName, CBOR by the model's names. */
  readonly nameOf: (member: Member) => string;
  /** Undefined when the value is not a blob. */
  readonly readBlob: (value: unknown) => Uint8Array | undefined;
}

export interface DocumentDecoder {
  structure(shape: StructureShape): DocumentReader;
  /** Reads members that lie in the body beside others that do not. */
  members(members: readonly Member[]): DocumentReader;
}

export function createDocumentDecoder(style: DocumentStyle): DocumentDecoder {
  const { refuse } = style;
  const structures = new Map<StructureShape, DocumentReader>();

  function structure(shape: StructureShape): DocumentReader {
    let read = structures.get(shape);
    if (!read) {
      let compiled: DocumentReader | undefined;
      read = (value, depth) => {
        compiled ??= shape.document ? readFreeForm : members(shape.members);
        return compiled(value, depth);
      };
      structures.set(shape, read);
    }
    return read;
  }

  function members(list: readonly Member[]): DocumentReader {
    const fields = new Map(
      list.map((member) => [style.nameOf(member), { name: member.name, read: reader(member.shape) }]),
    );
    /** By what is there: of the ten members of an AttributeValue one is. */
    const copy = (from: Readonly<Record<string, unknown>>, depth: number) => {
      const result: Record<string, unknown> = {};
      for (const wireName of Object.keys(from)) {
        const field = fields.get(wireName);
        const value = from[wireName];
        if (field && value !== null && value !== undefined) result[field.name] = field.read(value, depth + 1);
      }
      return result;
    };
    return (value, depth) => {
      const from = requireRecord(value, depth);
      for (const wireName in from) {
        const field = fields.get(wireName);
        const given = from[wireName];
        if (!field || field.name !== wireName || given === null || given === undefined) return copy(from, depth);
        const read = field.read(given, depth + 1);
        if (read !== given) from[wireName] = read;
      }
      return from;
    };
  }

  function reader(shape: Shape): DocumentReader {
    switch (shape.type) {
      case 'structure':
        return structure(shape);
      case 'list':
        return listReader(shape);
      case 'map':
        return mapReader(shape);
      case 'string':
        return (value) => (typeof value === 'string' ? value : mismatch(value, 'String'));
      case 'boolean':
        return (value) => (typeof value === 'boolean' ? value : mismatch(value, 'Boolean'));
      case 'integer':
        return (value) => (isWhole(value, 2 ** 31) ? value : mismatch(value, 'Integer'));
      case 'long':
        return (value) => (isWhole(value, 2 ** 63) ? value : mismatch(value, 'Long'));
      case 'float':
      case 'double':
        return (value) => readDouble(value) ?? mismatch(value, 'Double');
      case 'timestamp':
        return (value) => readTimestamp(value) ?? mismatch(value, 'Date');
      case 'blob':
        return (value) => style.readBlob(value) ?? mismatch(value, 'Blob');
    }
  }

  function listReader(shape: ListShape): DocumentReader {
    let read: DocumentReader | undefined;
    return (value, depth) => {
      if (!Array.isArray(value)) return mismatch(value, 'List');
      refuseDeep(depth);
      read ??= reader(shape.element.shape);
      for (let index = 0; index < value.length; index++) {
        const given: unknown = value[index];
        if (given === null || given === undefined)
          throw refuse({ reason: 'NULL_VALUE can not be converted to a list element' });
        const element = read(given, depth + 1);
        if (element !== given) value[index] = element;
      }
      return value;
    };
  }

  function mapReader(shape: MapShape): DocumentReader {
    let read: DocumentReader | undefined;
    return (value, depth) => {
      const from = requireRecord(value, depth);
      read ??= reader(shape.value.shape);
      const result = newRecord();
      for (const key in from) {
        const entry = from[key];
        if (entry !== null && entry !== undefined) result[key] = read(entry, depth + 1);
      }
      return result;
    };
  }

  function readFreeForm(value: unknown, depth: number): unknown {
    refuseDeep(depth);
    if (typeof value === 'object' && value !== null)
      for (const part of Object.values(value)) readFreeForm(part, depth + 1);
    return value;
  }

  function requireRecord(value: unknown, depth: number): Record<string, unknown> {
    if (
      typeof value !== 'object' ||
      value === null ||
      Array.isArray(value) ||
      value instanceof Uint8Array ||
      value instanceof TaggedValue
    ) {
      return mismatch(value, 'Structure');
    }
    refuseDeep(depth);
    return value as Record<string, unknown>;
  }

  function refuseDeep(depth: number): void {
    if (depth > deepestNesting) throw refuse({ reason: 'The request is nested too deeply' });
  }

  function mismatch(value: unknown, type: string): never {
    throw refuse({ reason: mismatchReason(value, type) });
  }

  return { structure, members };
}

/** A CBOR value under a tag that has no JavaScript form. */
export class TaggedValue {
  readonly tag: number;
  readonly value: unknown;
  constructor(tag: number, value: unknown) {
    this.tag = tag;
    this.value = value;
  }
}

function mismatchReason(value: unknown, type: string): string {
  if (Array.isArray(value)) return 'Start of list found where not expected';
  if (typeof value === 'object') return 'Start of structure or map found where not expected.';
  const found =
    typeof value === 'string'
      ? 'STRING'
      : typeof value === 'boolean'
        ? value
          ? 'TRUE'
          : 'FALSE'
        : Number.isInteger(value)
          ? 'NUMBER'
          : 'DECIMAL';
  return `${found}_VALUE cannot be converted to ${type}`;
}

function isWhole(value: unknown, limit: number): boolean {
  return Number.isInteger(value) && (value as number) >= -limit && (value as number) <= limit;
}

function readDouble(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : undefined;
}

/** Epoch seconds, as a number or tagged in CBOR; ISO 8601 where the model asks for it. */
function readTimestamp(value: unknown): number | undefined {
  if (typeof value === 'number') return fromEpochSeconds(value);
  if (typeof value === 'string') return parseTimestamp(value);
  return value instanceof TaggedValue && value.tag === 1 && typeof value.value === 'number'
    ? fromEpochSeconds(value.value)
    : undefined;
}
