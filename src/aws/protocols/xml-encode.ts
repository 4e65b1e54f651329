// Writes outputs as XML by concatenating strings, for ec2Query, query and rest-xml. Shapes are compiled into closures
// on first use.

import type { ListShape, MapShape, Member, StructureShape } from '../model.ts';
import { type TextStyle, textWriter } from './text-scalars.ts';

/** Content without its surrounding element, or a whole element, of a value that is neither undefined nor null. */
export type XmlWriter = (value: unknown) => string;

export interface XmlStyle extends TextStyle {
  readonly nameOf: (member: Member) => string;
  /** The name of a list's or map's part, where the model gives one. */
  readonly partNameOf: (member: Member) => string | undefined;
  /** `escapeText` unless the service has a way of its own. */
  readonly escapeValue?: (text: string) => string;
}

export interface XmlEncoder {
  /** The children of a structure's element, of those members that `include` admits. */
  content(shape: StructureShape): XmlWriter;
  contentOf(members: readonly Member[]): XmlWriter;
  /** The same as `content`, part by part: each element of a list that is a member of the structure is one. */
  contentParts(shape: StructureShape): (value: unknown) => Iterable<string>;
  element(member: Member, name: string): XmlWriter;
}

export function createXmlEncoder(style: XmlStyle): XmlEncoder {
  const contents = new Map<StructureShape, XmlWriter>();
  const { escapeValue = escapeText } = style;

  function content(shape: StructureShape): XmlWriter {
    let write = contents.get(shape);
    if (!write) {
      let compiled: XmlWriter | undefined;
      write = (value) => {
        compiled ??= contentOf(shape.members.filter((member) => !member.xmlAttribute));
        return compiled(value);
      };
      contents.set(shape, write);
    }
    return write;
  }

  function contentOf(members: readonly Member[]): XmlWriter {
    const fields = members.map((member) => ({
      name: member.name,
      write: element(member, elementNameOf(member, style)),
    }));
    return (value) => {
      const from = value as Readonly<Record<string, unknown>>;
      let xml = '';
      for (const { name, write } of fields) {
        const field = from[name];
        if (field !== undefined && field !== null) xml += write(field);
      }
      return xml;
    };
  }

  const partWriters = new Map<StructureShape, (value: unknown) => Iterable<string>>();

  function contentParts(shape: StructureShape): (value: unknown) => Iterable<string> {
    let write = partWriters.get(shape);
    if (!write) {
      const fields = shape.members
        .filter((member) => !member.xmlAttribute)
        .map((member) => ({ name: member.name, write: memberParts(member) }));
      write = function* (value) {
        const from = value as Readonly<Record<string, unknown>>;
        for (const { name, write: parts } of fields) {
          const field = from[name];
          if (field !== undefined && field !== null) yield* parts(field);
        }
      };
      partWriters.set(shape, write);
    }
    return write;
  }

  function memberParts(member: Member): (value: unknown) => Iterable<string> {
    const { shape } = member;
    const name = elementNameOf(member, style);
    const whole = element(member, name);
    if (shape.type !== 'list' || member.flattened) return (value) => [whole(value)];
    const write = element(shape.element, style.partNameOf(shape.element) ?? 'member');
    return function* (value) {
      const parts = value as readonly unknown[];
      if (parts.length === 0) return yield whole(parts);
      yield `<${name}>`;
      for (const part of parts) if (part !== undefined && part !== null) yield write(part);
      yield `</${name}>`;
    };
  }

  function element(member: Member, name: string): XmlWriter {
    const { shape } = member;
    if (shape.type === 'list') return listElement(member, shape, name);
    if (shape.type === 'map') return mapElement(member, shape, name);
    if (shape.type === 'structure') return structureElement(member, shape, name);
    const write = textWriter(member, style);
    const [open, close] = [`<${name}>`, `</${name}>`];
    if (shape.type === 'string') return (value) => open + escapeValue(String(value)) + close;
    return (value) => open + write(value) + close;
  }

  function structureElement(member: Member, shape: StructureShape, name: string): XmlWriter {
    const [start, close] = [`<${name}${namespaceAttribute(member)}`, `</${name}>`];
    const inner = content(shape);
    const attributes = shape.members.filter(({ xmlAttribute }) => xmlAttribute);
    if (attributes.length === 0) return (value) => `${start}>${inner(value)}${close}`;
    return (value) => {
      const from = value as Readonly<Record<string, unknown>>;
      const text = attributes.map(({ name: key, locationName }) =>
        from[key] === undefined ? '' : ` ${locationName ?? key}="${escapeAttribute(String(from[key]))}"`,
      );
      return `${start}${text.join('')}>${inner(value)}${close}`;
    };
  }

  function listElement(member: Member, shape: ListShape, name: string): XmlWriter {
    const partName = style.partNameOf(shape.element);
    const write = lazyWriter(() => element(shape.element, member.flattened ? name : (partName ?? 'member')));
    const joined = (value: unknown) => {
      let xml = '';
      for (const part of value as readonly unknown[]) if (part !== undefined && part !== null) xml += flat(write(part));
      return xml;
    };
    if (member.flattened) return joined;
    const [empty, open, close] = [`<${name}/>`, `<${name}>`, `</${name}>`];
    return (value) => ((value as readonly unknown[]).length === 0 ? empty : open + joined(value) + close);
  }

  function mapElement(member: Member, shape: MapShape, name: string): XmlWriter {
    const keyName = style.partNameOf(shape.key) ?? 'key';
    const write = lazyWriter(() => element(shape.value, style.partNameOf(shape.value) ?? 'value'));
    const entryName = member.flattened ? name : 'entry';
    const joined = (value: unknown) => {
      let xml = '';
      for (const [key, part] of Object.entries(value as object)) {
        if (part === undefined || part === null) continue;
        xml += `<${entryName}><${keyName}>${escapeValue(key)}</${keyName}>${write(part)}</${entryName}>`;
      }
      return xml;
    };
    return member.flattened ? joined : (value) => `<${name}>${joined(value)}</${name}>`;
  }

  return { content, contentOf, contentParts, element };
}

const longTextCharacters = 1000;

/**
 * The same text. V8 keeps a concatenation as a tree until somebody looks into it, and looking while the tree is small and
 * young costs half of what it does when a page of them hangs together. The comparison keeps the look from being optimized
 * away.
 */
function flat(text: string): string {
  return text.length > longTextCharacters && text.charCodeAt(0) === 0 ? '' : text;
}

/** A flattened list's elements stand where the list would, under the elements' own name if they have one. */
function elementNameOf(member: Member, style: XmlStyle): string {
  const { shape } = member;
  const partName = shape.type === 'list' && member.flattened ? style.partNameOf(shape.element) : undefined;
  return partName ?? style.nameOf(member);
}

/** Shapes may contain themselves, so what is inside is compiled only when the first value comes. */
function lazyWriter(make: () => XmlWriter): XmlWriter {
  let made: XmlWriter | undefined;
  return (value) => {
    made ??= make();
    return made(value);
  };
}

function namespaceAttribute({ xmlNamespace }: Member): string {
  if (!xmlNamespace) return '';
  return xmlNamespace.prefix === undefined
    ? ` xmlns="${xmlNamespace.uri}"`
    : ` xmlns:${xmlNamespace.prefix}="${xmlNamespace.uri}"`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be escaped
const special = /[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\u0085\u2028\ufffe\uffff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be escaped
const everySpecial = /[&<>"\r\n\t\u0000-\u0008\u000b\u000c\u000e-\u001f\u0085\u2028\ufffe\uffff]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be replaced
const unholdable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** Characters that XML cannot hold are replaced: an answer that no parser takes would hide all that is beside them. */
export function escapeText(text: string): string {
  return special.test(text) ? escapeSpecial(text.replace(unholdable, '\ufffd')) : text;
}

/** Characters that XML cannot hold go out as references all the same, as S3 does with odd object keys. */
export function escapeKey(text: string): string {
  return special.test(text) ? escapeSpecial(text) : text;
}

function escapeSpecial(text: string): string {
  return text.replace(everySpecial, (char) =>
    char === '"' || char === '\n' || char === '\t' ? char : reference(char),
  );
}

export function escapeAttribute(text: string): string {
  return text.replace(everySpecial, reference);
}

function reference(char: string): string {
  if (char === '&') return '&amp;';
  if (char === '<') return '&lt;';
  if (char === '>') return '&gt;';
  if (char === '"') return '&quot;';
  return `&#x${char.charCodeAt(0).toString(16).toUpperCase()};`;
}

export const xmlDeclaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Extra members of an error that no model describes, such as S3's <Key> and <BucketName>. */
export function looseElements(fields: Readonly<Record<string, unknown>>): string {
  let xml = '';
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== null && /^[A-Za-z][\w-]*$/.test(name))
      xml += `<${name}>${escapeText(String(value))}</${name}>`;
  }
  return xml;
}
