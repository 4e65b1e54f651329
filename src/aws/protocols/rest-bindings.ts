// What of an input or output travels outside the body: path labels, query parameters, headers, the status code.
// Shared by rest-json and rest-xml; compiled once per operation.

import type { MapShape, Member, OperationModel } from '../model.ts';
import { parseForm } from './form.ts';
import { decodeWords, encodeWord } from './mime-words.ts';
import { answerHeaders, answerStatus, type PathLabels, type Refuse, type WireRequest } from './protocol.ts';
import { TextFault, textReader, textWriter } from './text-scalars.ts';

export type Fields = Record<string, unknown>;

export interface RequestBindings {
  /** Members that lie in the body, when no payload member is the whole of it. */
  readonly bodyMembers: readonly Member[];
  /** Sets what the labels, the query and the headers say. */
  read(request: WireRequest, labels: PathLabels, result: Fields): void;
}

type HeadReader = (head: RequestHead, result: Fields) => void;

interface RequestHead {
  readonly labels: PathLabels;
  readonly query: ReadonlyMap<string, readonly string[]>;
  readonly headers: Readonly<Record<string, string>>;
}

type TextReader = (text: string, result: Fields) => void;

export function compileRequestBindings(operation: OperationModel, refuse: Refuse): RequestBindings {
  const { members, payload } = operation.input;
  const isS3 = operation.service.id === 's3';
  const fixed = parseForm(operation.http.requestUri.split('?')[1] ?? '').map(([name]) => name);
  const at = (location: Member['location']) => members.filter((member) => member.location === location);
  const bySingleName = at('querystring').filter(({ shape }) => shape.type !== 'map');
  const named = new Set([...fixed, ...bySingleName.map(wireNameOf)]);
  const ofLabels = at('uri').map((member) => labelReader(member, refuse));
  const ofQuery = at('querystring').map((member) => queryReader(member, named, refuse, isS3));
  const ofPrefixes = at('headers').map(prefixedHeadersReader);
  const ofHeaders = headerReaders(at('header'), refuse);
  return {
    bodyMembers: payload ? [] : members.filter(({ location }) => location === undefined),
    read({ headers, query }, labels, result) {
      const head: RequestHead = { labels, headers, query: query === '' ? noQuery : queryValues(query) };
      for (const read of ofLabels) read(head, result);
      // By what is there: of the forty headers that PutObject knows a request has five.
      for (const name in headers) {
        const readers = ofHeaders.get(name);
        if (readers) for (const read of readers) read(headers[name] as string, result);
      }
      for (const read of ofPrefixes) read(head, result);
      if (query !== '') for (const read of ofQuery) read(head, result);
    },
  };
}

const noQuery: RequestHead['query'] = new Map();

function queryValues(query: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of parseForm(query)) {
    const list = values.get(name);
    if (list) list.push(value);
    else values.set(name, [value]);
  }
  return values;
}

function labelReader(member: Member, refuse: Refuse): HeadReader {
  const wireName = wireNameOf(member);
  const read = scalarReader(member, refuse);
  return ({ labels }, result) => {
    const text = labels[wireName];
    if (text !== undefined) result[member.name] = read(text);
  };
}

/** By the header's name in lower case. */
function headerReaders(members: readonly Member[], refuse: Refuse): ReadonlyMap<string, readonly TextReader[]> {
  const readers = new Map<string, TextReader[]>();
  for (const member of members) {
    const name = wireNameOf(member).toLowerCase();
    const read = headerReader(member, refuse);
    const list = readers.get(name) ?? [];
    readers.set(name, list);
    list.push((text, result) => {
      result[member.name] = read(text);
    });
  }
  return readers;
}

function scalarReader(member: Member, refuse: Refuse): (text: string) => unknown {
  const read = textReader(member, wireNameOf(member));
  return (text) => {
    const value = read(text);
    if (value instanceof TextFault) throw refuse(value.fault);
    return value;
  };
}

function headerReader(member: Member, refuse: Refuse): (text: string) => unknown {
  const { shape } = member;
  if (shape.type === 'list') {
    const read = scalarReader(shape.element, refuse);
    return (text) => splitHeaderList(text).map(read);
  }
  const read = scalarReader(member, refuse);
  if (!member.jsonValue) return (text) => read(text.trim());
  return (text) => Buffer.from(text, 'base64').toString();
}

/** Values may be quoted to hold commas. */
function splitHeaderList(text: string): string[] {
  const values: string[] = [];
  for (const match of text.matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/g)) {
    const quoted = match[1]?.replace(/\\(.)/g, '$1');
    const value = quoted ?? match[2]?.trim() ?? '';
    if (quoted !== undefined || value !== '') values.push(value);
  }
  return values;
}

function prefixedHeadersReader(member: Member): HeadReader {
  const prefix = wireNameOf(member).toLowerCase();
  return ({ headers }, result) => {
    const map = { __proto__: null } as unknown as Fields;
    let isEmpty = true;
    for (const name in headers) {
      if (!name.startsWith(prefix)) continue;
      map[name.slice(prefix.length)] = decodeWords(headers[name] as string);
      isEmpty = false;
    }
    if (!isEmpty) result[member.name] = map;
  };
}

/** `passesEmptyNumbers`: to S3, `max-parts=` says nothing. */
function queryReader(
  member: Member,
  namedQuery: ReadonlySet<string>,
  refuse: Refuse,
  passesEmptyNumbers: boolean,
): HeadReader {
  const { name, shape } = member;
  const wireName = wireNameOf(member);
  if (shape.type === 'map') return remainingQueryReader(name, shape, namedQuery);
  if (shape.type === 'list') {
    const read = scalarReader(shape.element, refuse);
    return ({ query }, result) => {
      const texts = query.get(wireName);
      if (texts) result[name] = texts.map(read);
    };
  }
  const read = scalarReader(member, refuse);
  const passes = passesEmptyNumbers && shape.type === 'integer';
  return ({ query }, result) => {
    const text = query.get(wireName)?.[0];
    if (text === undefined || (text === '' && passes)) return;
    result[name] = read(text);
  };
}

/** A map takes every parameter that neither another member nor the path template names. */
function remainingQueryReader(name: string, shape: MapShape, namedQuery: ReadonlySet<string>): HeadReader {
  const isMany = shape.value.shape.type === 'list';
  return ({ query }, result) => {
    const map = { __proto__: null } as unknown as Fields;
    let isEmpty = true;
    for (const [key, values] of query) {
      if (namedQuery.has(key)) continue;
      map[key] = isMany ? values : values[0];
      isEmpty = false;
    }
    if (!isEmpty) result[name] = map;
  };
}

export interface ResponseBindings {
  readonly bodyMembers: readonly Member[];
  status(output: Readonly<Fields>): number;
  /** Adds the headers that the output asks for. */
  write(output: Readonly<Fields>, headers: Record<string, string>): void;
}

export function compileResponseBindings(operation: OperationModel): ResponseBindings {
  const { members, payload } = operation.output;
  const statusMember = members.find(({ location }) => location === 'statusCode');
  const writeHeaders = compileHeaders(members);
  return {
    bodyMembers: payload ? [] : members.filter(({ location }) => location === undefined),
    status: (output) =>
      (statusMember ? (output[statusMember.name] as number | undefined) : undefined) ??
      (output as { readonly [answerStatus]?: number })[answerStatus] ??
      operation.http.responseCode,
    write(output, headers) {
      writeHeaders(output, headers);
      const more = (output as { readonly [answerHeaders]?: Readonly<Record<string, string>> })[answerHeaders];
      if (more) Object.assign(headers, more);
    },
  };
}

type HeaderMemberWriter = (value: unknown, headers: Record<string, string>) => void;

/** Also an error's members may be bound to headers. */
export function compileHeaders(members: readonly Member[]): ResponseBindings['write'] {
  const writers = new Map<string, HeaderMemberWriter>();
  for (const member of members) {
    if (member.location === 'header') writers.set(member.name, oneHeaderWriter(member));
    else if (member.location === 'headers') writers.set(member.name, prefixedHeadersWriter(member));
  }
  return (output, headers) => {
    for (const name in output) {
      const value = output[name];
      if (value !== undefined && value !== null) writers.get(name)?.(value, headers);
    }
  };
}

function oneHeaderWriter(member: Member): HeaderMemberWriter {
  const name = wireNameOf(member).toLowerCase();
  const write = headerWriter(member);
  return (value, headers) => {
    headers[name] = headerText(write(value));
  };
}

function prefixedHeadersWriter(member: Member): HeaderMemberWriter {
  const prefix = wireNameOf(member).toLowerCase();
  return (value, headers) => {
    for (const [key, text] of Object.entries(value as object))
      headers[prefix + key.toLowerCase()] = encodeWord(String(text));
  };
}

function headerWriter(member: Member): (value: unknown) => string {
  const { shape } = member;
  if (shape.type === 'list') {
    const write = textWriter(shape.element, { timestamp: 'rfc822' });
    return (value) => (value as readonly unknown[]).map(write).join(',');
  }
  if (member.jsonValue)
    return (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64');
  return textWriter(member, { timestamp: 'rfc822' });
}

/** A header cannot hold all text: what is not of ISO 8859-1 is blank. Users' metadata are in RFC 2047 words instead. */
function headerText(text: string): string {
  return text.replace(/[^\t\x20-\x7e\x80-\xff]/g, ' ');
}

function wireNameOf({ locationName, name }: Member): string {
  return locationName ?? name;
}
