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

export function compileRequestBindings(operation: OperationModel, refuse: Refuse): RequestBindings {
  const { members, payload } = operation.input;
  const bound = members.filter(({ location }) => location !== undefined);
  const fixed = parseForm(operation.http.requestUri.split('?')[1] ?? '').map(([name]) => name);
  const bySingleName = bound.filter(({ location, shape }) => location === 'querystring' && shape.type !== 'map');
  const named = new Set([...fixed, ...bySingleName.map(wireNameOf)]);
  const readers = bound.map((member) => headReader(member, named, refuse, operation.service.id === 's3'));
  const usesQuery = bound.some(({ location }) => location === 'querystring');
  return {
    bodyMembers: payload ? [] : members.filter(({ location }) => location === undefined),
    read(request, labels, result) {
      const head: RequestHead = {
        labels,
        headers: request.headers,
        query: usesQuery ? queryValues(request.query) : noQuery,
      };
      for (const read of readers) read(head, result);
    },
  };
}

const noQuery: ReadonlyMap<string, readonly string[]> = new Map();

function queryValues(query: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of parseForm(query)) {
    const list = values.get(name);
    if (list) list.push(value);
    else values.set(name, [value]);
  }
  return values;
}

function headReader(
  member: Member,
  namedQuery: ReadonlySet<string>,
  refuse: Refuse,
  passesEmptyNumbers: boolean,
): HeadReader {
  const wireName = wireNameOf(member);
  switch (member.location) {
    case 'uri': {
      const read = scalarReader(member, refuse);
      return ({ labels }, result) => {
        const text = labels[wireName];
        if (text !== undefined) result[member.name] = read(text);
      };
    }
    case 'header': {
      const name = wireName.toLowerCase();
      const read = headerReader(member, refuse);
      return ({ headers }, result) => {
        const text = headers[name];
        if (text !== undefined) result[member.name] = read(text);
      };
    }
    case 'headers':
      return prefixedHeadersReader(member);
    case 'querystring':
      return queryReader(member, namedQuery, refuse, passesEmptyNumbers);
    default:
      throw new Error(`${member.name} cannot be read from the ${member.location}`);
  }
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
    for (const name of Object.keys(headers)) {
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

/** Also an error's members may be bound to headers. */
export function compileHeaders(members: readonly Member[]): ResponseBindings['write'] {
  const bound = members.filter(({ location }) => location === 'header' || location === 'headers');
  const writers = bound.map((member) => ({
    member,
    write: member.location === 'header' ? headerWriter(member) : undefined,
  }));
  return (output, headers) => {
    for (const { member, write } of writers) {
      const value = output[member.name];
      if (value === undefined || value === null) continue;
      const name = wireNameOf(member).toLowerCase();
      if (write) headers[name] = headerText(write(value));
      else
        for (const [key, text] of Object.entries(value)) headers[name + key.toLowerCase()] = encodeWord(String(text));
    }
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
