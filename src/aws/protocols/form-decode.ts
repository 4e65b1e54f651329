// Reads an operation's input from the tree of its form fields, for the query and ec2Query protocols, which differ in
// names and in how lists are spelled. Shapes are compiled into closures on first use.

import type { ListShape, MapShape, Member, StructureShape } from '../model.ts';
import type { FormNode } from './form.ts';
import type { Refuse } from './protocol.ts';
import { TextFault, textReader } from './text-scalars.ts';

export type FormReader = (node: FormNode) => unknown;

export interface FormStyle {
  readonly nameOf: (member: Member) => string;
  /** EC2 writes `Name.1` for every list; the query protocol `Name.member.1` unless the list is flattened. */
  readonly alwaysFlat: boolean;
  readonly refuse: Refuse;
}

export interface FormDecoder {
  /** The wire names of a structure's members. */
  fields(shape: StructureShape): ReadonlyMap<string, unknown>;
  structure(shape: StructureShape): FormReader;
}

interface Field {
  readonly name: string;
  readonly read: FormReader;
}

export function createFormDecoder(style: FormStyle): FormDecoder {
  const structures = new Map<StructureShape, FormReader>();
  const fieldMaps = new Map<StructureShape, Map<string, Field>>();

  function fields(shape: StructureShape): Map<string, Field> {
    let map = fieldMaps.get(shape);
    if (!map) {
      map = new Map(
        shape.members.map((member) => [wireNameOf(member, style), { name: member.name, read: memberReader(member) }]),
      );
      fieldMaps.set(shape, map);
    }
    return map;
  }

  function structure(shape: StructureShape): FormReader {
    let read = structures.get(shape);
    if (!read) {
      read = structureReader(shape);
      structures.set(shape, read);
    }
    return read;
  }

  function structureReader(shape: StructureShape): FormReader {
    let known: Map<string, Field> | undefined;
    return (node) => {
      if (!node.children) {
        if (node.value)
          throw style.refuse({
            reason: 'Unexpected complex element termination',
            member: shape.name,
            value: node.value,
          });
        return {};
      }
      known ??= fields(shape);
      const result: Record<string, unknown> = {};
      for (const [key, child] of node.children) {
        const field = known.get(key);
        if (field) result[field.name] = field.read(child);
      }
      return result;
    };
  }

  function memberReader(member: Member): FormReader {
    const { shape } = member;
    if (shape.type === 'structure') return structure(shape);
    if (shape.type === 'list') return listReader(member, shape);
    if (shape.type === 'map') return mapReader(member, shape);
    return scalarReader(member);
  }

  function scalarReader(member: Member): FormReader {
    const name = style.nameOf(member) || member.shape.name;
    const read = textReader(member, name);
    return (node) => {
      if (node.children)
        throw style.refuse({ reason: 'Start of structure or map found where not expected.', member: name, value: '' });
      const value = read(node.value ?? '');
      if (value instanceof TextFault) throw style.refuse(value.fault);
      return value;
    };
  }

  function listReader(member: Member, shape: ListShape): FormReader {
    const name = wireNameOf(member, style);
    const infix =
      style.alwaysFlat || member.flattened
        ? undefined
        : (shape.element.queryName ?? shape.element.locationName ?? 'member');
    const readElement = lazy(() => memberReader(shape.element));
    return (node) => {
      const list = listNode(node, infix, name);
      return list === undefined ? [] : numbered(list, name).map(readElement());
    };
  }

  function mapReader(member: Member, shape: MapShape): FormReader {
    const name = wireNameOf(member, style);
    const infix = style.alwaysFlat || member.flattened ? undefined : 'entry';
    const keyName = shape.key.queryName ?? shape.key.locationName ?? 'key';
    const valueName = shape.value.queryName ?? shape.value.locationName ?? 'value';
    const readValue = lazy(() => memberReader(shape.value));
    return (node) => {
      // Without a prototype, so that no key of a user's can reach one.
      const result = { __proto__: null } as unknown as Record<string, unknown>;
      const list = listNode(node, infix, name);
      for (const entry of list === undefined ? [] : numbered(list, name)) {
        const key = entry.children?.get(keyName)?.value;
        if (key === undefined) throw style.refuse({ reason: 'Unexpected map element termination', member: name });
        result[key] = readValue()(entry.children?.get(valueName) ?? { value: '', children: undefined });
      }
      return result;
    };
  }

  /** The node whose children are the numbers; undefined for `Name=`, an empty list. */
  function listNode(node: FormNode, infix: string | undefined, name: string): FormNode | undefined {
    if (!node.children) {
      if (node.value)
        throw style.refuse({ reason: 'Unexpected list element termination', member: name, value: node.value });
      return undefined;
    }
    if (infix === undefined) return node;
    const inner = node.children.get(infix);
    if (!inner) throw style.refuse({ reason: 'Top level element may not be treated as a list', member: name });
    return inner.children ? inner : undefined;
  }

  /** Elements in the order of their numbers, which may have gaps. */
  function numbered(node: FormNode, name: string): readonly FormNode[] {
    const entries = [...(node.children ?? [])];
    for (const [key] of entries) {
      if (!/^\d{1,9}$/.test(key))
        throw style.refuse({ reason: 'Start of structure or map found where not expected.', member: `${name}.${key}` });
    }
    return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => child);
  }

  return { fields, structure };
}

/** A flattened list of the query protocol goes by the name of its elements. */
function wireNameOf(member: Member, style: FormStyle): string {
  const { shape } = member;
  const elementName =
    shape.type === 'list' && member.flattened ? (shape.element.queryName ?? shape.element.locationName) : undefined;
  return style.alwaysFlat ? style.nameOf(member) : (elementName ?? style.nameOf(member));
}

function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
