// Reads rest-xml inputs from a parsed document. Shapes are compiled into closures on first use.

import type { ListShape, MapShape, Member, StructureShape } from '../model.ts';
import type { Refuse } from './protocol.ts';
import { TextFault, textReader } from './text-scalars.ts';
import type { XmlNode } from './xml.ts';

export type XmlReader = (node: XmlNode) => unknown;

interface Field {
  readonly name: string;
  readonly read: XmlReader;
  /** A flattened list or map gathers the elements of its name. */
  readonly gathers: 'list' | 'map' | undefined;
}

export interface XmlDecoder {
  structure(shape: StructureShape): XmlReader;
  /** Reads members that lie in the body beside others that do not. */
  members(members: readonly Member[]): XmlReader;
}

export function createXmlDecoder(refuse: Refuse): XmlDecoder {
  const structures = new Map<StructureShape, XmlReader>();

  function structure(shape: StructureShape): XmlReader {
    let read = structures.get(shape);
    if (!read) {
      let compiled: XmlReader | undefined;
      read = (node) => {
        compiled ??= members(shape.members);
        return compiled(node);
      };
      structures.set(shape, read);
    }
    return read;
  }

  function members(list: readonly Member[]): XmlReader {
    const attributes = list.filter(({ xmlAttribute }) => xmlAttribute);
    const fields = new Map(
      list.filter(({ xmlAttribute }) => !xmlAttribute).map((member) => [wireNameOf(member), fieldOf(member)]),
    );
    return (node) => {
      if (node.children.length === 0 && node.text.trim() !== '') {
        throw refuse({ reason: 'Unexpected complex element termination', member: node.name, value: node.text });
      }
      const result: Record<string, unknown> = {};
      for (const { name, locationName } of attributes) {
        const value = attributeOf(node, locationName ?? name);
        if (value !== undefined) result[name] = value;
      }
      for (const child of node.children) {
        const field = fields.get(child.name);
        if (!field) continue;
        if (field.gathers === 'list') gatherList(result, field, child);
        else if (field.gathers === 'map') gatherEntry(result, field, child);
        else result[field.name] = field.read(child);
      }
      return result;
    };
  }

  function fieldOf(member: Member): Field {
    const { name, shape, flattened } = member;
    if (shape.type === 'list' && flattened)
      return { name, read: lazyReader(() => valueReader(shape.element)), gathers: 'list' };
    if (shape.type === 'map' && flattened) return { name, read: entryReader(shape), gathers: 'map' };
    return { name, read: valueReader(member), gathers: undefined };
  }

  function valueReader(member: Member): XmlReader {
    const { shape } = member;
    if (shape.type === 'structure') return structure(shape);
    if (shape.type === 'list') return listReader(shape);
    if (shape.type === 'map') return mapReader(shape);
    const read = textReader(member, wireNameOf(member));
    return (node) => {
      if (node.children.length > 0)
        throw refuse({ reason: 'Start of structure or map found where not expected.', member: node.name });
      const value = read(node.text);
      if (value instanceof TextFault) throw refuse(value.fault);
      return value;
    };
  }

  function listReader(shape: ListShape): XmlReader {
    const partName = shape.element.locationName ?? 'member';
    const read = lazyReader(() => valueReader(shape.element));
    return (node) => {
      if (node.children.length === 0 && node.text.trim() !== '') {
        throw refuse({ reason: 'Unexpected list element termination', member: node.name, value: node.text });
      }
      for (const { name } of node.children) {
        if (name !== partName)
          throw refuse({ reason: 'Start of structure or map found where not expected.', member: name });
      }
      return node.children.map(read);
    };
  }

  function mapReader(shape: MapShape): XmlReader {
    const read = entryReader(shape);
    return (node) => {
      const map = emptyMap();
      for (const child of node.children) Object.assign(map, read(child));
      return map;
    };
  }

  function entryReader(shape: MapShape): XmlReader {
    const [keyName, valueName] = [shape.key.locationName ?? 'key', shape.value.locationName ?? 'value'];
    const read = lazyReader(() => valueReader(shape.value));
    return (node) => {
      const key = node.children.find(({ name }) => name === keyName);
      const value = node.children.find(({ name }) => name === valueName);
      if (!key || !value) throw refuse({ reason: 'Unexpected map element termination', member: node.name });
      const entry = emptyMap();
      entry[key.text] = read(value);
      return entry;
    };
  }

  return { structure, members };
}

function gatherList(result: Record<string, unknown>, field: Field, child: XmlNode): void {
  const list = (result[field.name] as unknown[] | undefined) ?? [];
  list.push(field.read(child));
  result[field.name] = list;
}

function gatherEntry(result: Record<string, unknown>, field: Field, child: XmlNode): void {
  result[field.name] = Object.assign(
    (result[field.name] as Record<string, unknown> | undefined) ?? emptyMap(),
    field.read(child),
  );
}

/** Without a prototype, so that no key of a user's can reach one. */
function emptyMap(): Record<string, unknown> {
  return { __proto__: null } as unknown as Record<string, unknown>;
}

/** A flattened list goes by the name of its elements, if they have one. */
function wireNameOf(member: Member): string {
  const { shape } = member;
  const elementName = shape.type === 'list' && member.flattened ? shape.element.locationName : undefined;
  return elementName ?? member.locationName ?? member.name;
}

function attributeOf(node: XmlNode, name: string): string | undefined {
  const local = name.slice(name.indexOf(':') + 1);
  const exact = node.attributes?.get(name);
  if (exact !== undefined) return exact;
  for (const [key, value] of node.attributes ?? []) if (key.slice(key.indexOf(':') + 1) === local) return value;
  return undefined;
}

/** Shapes may contain themselves, so what is inside is compiled only when the first node comes. */
function lazyReader(make: () => XmlReader): XmlReader {
  let made: XmlReader | undefined;
  return (node) => {
    made ??= make();
    return made(node);
  };
}
