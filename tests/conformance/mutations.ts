// Ways to spoil a good request. Each is a function of the request and of chance alone, so that fast-check can leave out
// those that do not matter and a seed replays the rest.

import type { WireMessage } from './encode-request.ts';
import { headMutations, signatureMutations } from './head-mutations.ts';
import { below, type Mutation, pick } from './mutation.ts';
import { documents, nastyBytes, nastyText, sendable } from './nasty-values.ts';
import type { Chance } from './valid-input.ts';

const withBody = (message: WireMessage, body: Uint8Array | string): WireMessage => ({
  ...message,
  body: typeof body === 'string' ? Buffer.from(body) : body,
});

const textOf = ({ body }: WireMessage): string => Buffer.from(body).toString();

/** Any body, as bytes. */
const bodyMutations: Readonly<Record<string, Mutation>> = {
  truncated: (message, chance) => withBody(message, message.body.subarray(0, below(message.body.length + 1, chance))),
  emptied: (message) => withBody(message, ''),
  'bits flipped'(message, chance) {
    const body = Uint8Array.from(message.body);
    for (let i = 0; i < 4 && body.length > 0; i++) body[below(body.length, chance)]! ^= 1 << below(8, chance);
    return withBody(message, body);
  },
  'bytes put in'(message, chance) {
    const at = below(message.body.length + 1, chance);
    const bytes = Array.from({ length: 1 + below(5, chance) }, () => pick(nastyBytes, chance));
    return withBody(
      message,
      Buffer.concat([message.body.subarray(0, at), Buffer.from(bytes), message.body.subarray(at)]),
    );
  },
  'a part twice'(message, chance) {
    const from = below(message.body.length + 1, chance);
    const to = from + below(message.body.length - from + 1, chance);
    const { body } = message;
    return withBody(message, Buffer.concat([body.subarray(0, to), body.subarray(from, to), body.subarray(to)]));
  },
  'a tail': (message, chance) => withBody(message, Buffer.concat([message.body, Buffer.from(pick(nastyText, chance))])),
  garbage: (message, chance) =>
    withBody(
      message,
      Uint8Array.from({ length: below(200, chance) }, () => below(256, chance)),
    ),
  'another document': (message, chance) => withBody(message, pick(documents, chance)),
};

/** Form fields, where the body is a form. */
const formMutations: Readonly<Record<string, Mutation>> = {
  'a field twice': onFields((fields, chance) => [...fields, pick(fields, chance)]),
  'a field less': onFields((fields, chance) =>
    fields.filter((_field, index) => index !== below(fields.length, chance)),
  ),
  'a field emptied': onField(([name]) => [name, '']),
  'a nasty value': onField(([name], chance) => [name, encodeURIComponent(pick(sendable, chance))]),
  'a broken escape': onField(([name, value], chance) => [
    name,
    value + pick(['%', '%f', '%zz', '%ff', '%00', '+'], chance),
  ]),
  'a huge index': onField(([name, value], chance) => [
    name.replace(/\d+|$/, pick(['999999999', '.999999999', '0', '-1', '1e9', '4294967296', '00000000001'], chance)),
    value,
  ]),
  'a name that goes on': onField(([name, value], chance) => [
    name +
      pick(['.1', '.member.1', '.entry.1.key', '.', '..', '.__proto__', '.1.1.1.1.1', `${'.a'.repeat(40)}`], chance),
    value,
  ]),
  'an unknown field': onFields((fields, chance) => [...fields, [encodeURIComponent(pick(sendable, chance)), 'x']]),
  'a list of thousands': onFields((fields, chance) => {
    const [name] = pick(fields, chance);
    return [...fields, ...Array.from({ length: 3_000 }, (_part, index) => [`${name}.${index + 2}`, 'x'] as Field)];
  }),
};

type Field = readonly [name: string, value: string];

function onFields(change: (fields: readonly Field[], chance: Chance) => readonly Field[]): Mutation {
  return (message, chance) => {
    const fields = textOf(message)
      .split('&')
      .map((pair): Field => [pair.split('=')[0] ?? '', pair.split('=').slice(1).join('=')]);
    return withBody(
      message,
      change(fields, chance)
        .map(([name, value]) => `${name}=${value}`)
        .join('&'),
    );
  };
}

function onField(change: (field: Field, chance: Chance) => Field): Mutation {
  return onFields((fields, chance) => {
    const at = below(fields.length, chance);
    return fields.map((field, index) => (index === at ? change(field, chance) : field));
  });
}

/** Values inside of JSON documents. */
const jsonMutations: Readonly<Record<string, Mutation>> = {
  'another type': onJson((_value, chance) =>
    pick<unknown>(
      [null, true, 0, -1, 1.5, 2 ** 53, -(2 ** 63), 1e308, '', 'text', [], [[]], [null], {}, { a: 1 }],
      chance,
    ),
  ),
  'a nasty text': onJson((_value, chance) => pick(nastyText, chance)),
  'a poisoned map': onJson((value) =>
    JSON.parse(
      `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"v":${JSON.stringify(value) ?? null}}`,
    ),
  ),
  'a thousand elements': onJson((value) => Array.from({ length: 1_000 }, () => value)),
  nested: onJson((value) => {
    let inner = value;
    for (let i = 0; i < 200; i++) inner = i % 2 === 0 ? [inner] : { L: inner };
    return inner;
  }),
  'a number too large': (message) => withBody(message, textOf(message).replace(/:(-?\d+|"[^"]*")/, ':1e400')),
  'a member twice': (message) => withBody(message, textOf(message).replace(/("[^"]+":("[^"]*"|\d+))/, '$1,$1')),
};

function onJson(change: (value: unknown, chance: Chance) => unknown): Mutation {
  return (message, chance) => {
    if (message.body.byteLength > 20_000) return message; // it is spoiled enough
    let root: unknown;
    try {
      root = JSON.parse(textOf(message));
    } catch {
      return message;
    }
    const places: (readonly [Record<string, unknown>, string])[] = [];
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const key of Object.keys(value)) {
        places.push([value as Record<string, unknown>, key]);
        visit((value as Record<string, unknown>)[key]);
      }
    };
    visit(root);
    if (places.length === 0) return withBody(message, JSON.stringify(change(root, chance)) ?? '');
    const [parent, key] = pick(places, chance);
    parent[key] = change(parent[key], chance);
    return withBody(message, JSON.stringify(root));
  };
}

/** Elements of XML documents. */
const xmlMutations: Readonly<Record<string, Mutation>> = {
  'a document type': (message, chance) =>
    withBody(
      message,
      pick(
        [
          '<!DOCTYPE x [<!ENTITY a "b">]>',
          '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
          '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        ],
        chance,
      ) + textOf(message),
    ),
  'an entity': onXml(
    (text, chance) => pick(['&a;', '&#0;', '&#x1f;', '&#xD800;', '&amp', '&#99999999;'], chance) + text,
  ),
  'a nasty text': onXml((_text, chance) => pick(sendable, chance).replaceAll('&', '&amp;').replaceAll('<', '&lt;')),
  'elements inside': onXml(
    (text, chance) => pick(['<a/>', '<a>b</a>', '<member/>', '<entry><key/></entry>'], chance) + text,
  ),
  'an element twice': (message) => withBody(message, textOf(message).replace(/(<(\w+)>[^<]*<\/\2>)/, '$1$1$1')),
  'an element not closed': (message) => withBody(message, textOf(message).replace(/<\/\w+>/, '')),
  'a namespace': (message) =>
    withBody(message, textOf(message).replace(/<(\w+)>/, '<x:$1 xmlns:x="urn:x" x:y="z" y="z">')),
};

function onXml(change: (text: string, chance: Chance) => string): Mutation {
  return (message, chance) => {
    const parts = textOf(message).split(/(?<=>)/);
    const at = below(parts.length, chance);
    return withBody(message, parts.map((part, index) => (index === at ? change(part, chance) : part)).join(''));
  };
}

/** By the form of the body they know how to spoil; `any` spoils every request. */
export const mutations = {
  any: {
    ...prefixed('body', bodyMutations),
    ...prefixed('head', headMutations),
    ...prefixed('signature', signatureMutations),
  },
  form: prefixed('form', formMutations),
  json: prefixed('json', jsonMutations),
  xml: prefixed('xml', xmlMutations),
} as const;

function prefixed(prefix: string, named: Readonly<Record<string, Mutation>>): Readonly<Record<string, Mutation>> {
  return Object.fromEntries(Object.entries(named).map(([name, mutate]) => [`${prefix}: ${name}`, mutate]));
}

export const allMutations: Readonly<Record<string, Mutation>> = {
  ...mutations.any,
  ...mutations.form,
  ...mutations.json,
  ...mutations.xml,
};

/** Those that have a meaning for a request of this content type. */
export function mutationsFor(contentType: string): readonly string[] {
  const own = /form/.test(contentType)
    ? mutations.form
    : /json/.test(contentType)
      ? mutations.json
      : /xml/.test(contentType)
        ? mutations.xml
        : {};
  // What is spoiled at the head seldom gets past it, so what is inside has more chances.
  return [...Object.keys(mutations.any), ...Array.from({ length: 4 }, () => Object.keys(own)).flat()];
}
