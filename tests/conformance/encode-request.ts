// Writes a request for any operation of any service in any protocol it speaks: what no SDK is installed for is sent so.
// Works from the model alone and shares nothing with the decoders that it is there to test.

import { createHash } from 'node:crypto';
import { loadServiceModel, type Member, type OperationModel, type ProtocolName } from '../../src/aws/model.ts';
import { encodeCbor } from '../../src/aws/protocols/cbor.ts';

/** HTTP without a socket: what a test may still damage before it is sent. */
export interface WireMessage {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

type Fields = Readonly<Record<string, unknown>>;

export interface Signer {
  readonly accessKeyId: string;
  readonly region: string;
  /** `20261121T090000Z`. */
  readonly amzDate: string;
}

/** `input` is in our form: timestamps are milliseconds, blobs are bytes. */
export function encodeRequest(
  operation: OperationModel,
  input: Fields,
  protocol: ProtocolName,
  signer: Signer,
): WireMessage {
  const message = encoders[protocol](operation, input);
  const { signingName, endpointPrefix } = operation.service;
  const headers = {
    ...message.headers,
    host: `${endpointPrefix}.localhost.localstack.cloud:4566`,
    ...(operation.checksumRequired && { 'content-md5': createHash('md5').update(message.body).digest('base64') }),
  };
  return { ...message, headers: { ...headers, ...unverifiedSignature(signer, signingName) } };
}

/** Of the right form; default mode does not ask whether a key that nobody handed out made it. */
export function unverifiedSignature({ accessKeyId, region, amzDate }: Signer, signingName: string) {
  const scope = `${amzDate.slice(0, 8)}/${region}/${signingName}/aws4_request`;
  return {
    'x-amz-date': amzDate,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
  };
}

type Encoder = (operation: OperationModel, input: Fields) => WireMessage;

const encoders: Readonly<Record<ProtocolName, Encoder>> = {
  ec2: (operation, input) => formMessage(operation, formOf(operation.input.members, input, ec2Style)),
  query: (operation, input) => formMessage(operation, formOf(operation.input.members, input, queryStyle)),
  json(operation, input) {
    const { service, name } = operation;
    const prefix = loadServiceModel(service.id).targetPrefix ?? '';
    const headers = {
      'content-type': `application/x-amz-json-${service.jsonVersion ?? '1.1'}`,
      'x-amz-target': `${prefix}.${name}`,
    };
    return post('/', headers, Buffer.from(JSON.stringify(jsonOf(operation.input.members, input))));
  },
  'smithy-rpc-v2-cbor'({ service, name, input: shape }, input) {
    const headers = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' };
    const path = `/service/${service.targetPrefix ?? service.serviceId.replaceAll(' ', '')}/operation/${name}`;
    return post(path, headers, encodeCbor(cborOf(shape.members, input)));
  },
  'rest-json': (operation, input) =>
    restMessage(operation, input, 'application/json', (_name, members, fields) =>
      JSON.stringify(jsonOf(members, fields)),
    ),
  'rest-xml': (operation, input) =>
    restMessage(operation, input, 'application/xml', (name, members, fields) =>
      element(name, xmlOf(members, fields), attributesOf(members, fields)),
    ),
};

function post(path: string, headers: Readonly<Record<string, string>>, body: Uint8Array): WireMessage {
  return { method: 'POST', path, query: '', headers, body };
}

function formMessage({ name, service }: OperationModel, pairs: readonly (readonly [string, string])[]): WireMessage {
  const all = [['Action', name] as const, ['Version', service.apiVersion] as const, ...pairs];
  const text = all.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join('&');
  return post('/', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, Buffer.from(text));
}

interface FormStyle {
  readonly nameOf: (member: Member) => string;
  readonly isFlat: (member: Member) => boolean;
}

const queryStyle: FormStyle = {
  nameOf: ({ queryName, locationName, name }) => queryName ?? locationName ?? name,
  isFlat: ({ flattened }) => flattened,
};

const ec2Style: FormStyle = {
  nameOf: ({ queryName, locationName, name }) =>
    queryName ?? (locationName ? locationName.charAt(0).toUpperCase() + locationName.slice(1) : name),
  isFlat: () => true,
};

function formOf(
  members: readonly Member[],
  input: Fields,
  style: FormStyle,
  prefix = '',
): (readonly [string, string])[] {
  return members.flatMap((member) => {
    const value = input[member.name];
    if (value === undefined) return [];
    const { shape } = member;
    const elementName = shape.type === 'list' && member.flattened ? partName(shape.element) : undefined;
    const name = style === queryStyle ? (elementName ?? style.nameOf(member)) : style.nameOf(member);
    return formValue(member, value, style, prefix + name);
  });
}

const partName = ({ queryName, locationName }: Member): string | undefined => queryName ?? locationName;

function formValue(member: Member, value: unknown, style: FormStyle, name: string): (readonly [string, string])[] {
  const { shape } = member;
  switch (shape.type) {
    case 'structure':
      return formOf(shape.members, value as Fields, style, `${name}.`);
    case 'list': {
      const infix = style.isFlat(member) ? '' : `.${partName(shape.element) ?? 'member'}`;
      return (value as readonly unknown[]).flatMap((part, index) =>
        formValue(shape.element, part, style, `${name}${infix}.${index + 1}`),
      );
    }
    case 'map': {
      const infix = style.isFlat(member) ? '' : '.entry';
      return Object.entries(value as Fields).flatMap(([key, part], index) => {
        const entry = `${name}${infix}.${index + 1}.`;
        const pair = [`${entry}${partName(shape.key) ?? 'key'}`, key] as const;
        return [pair, ...formValue(shape.value, part, style, `${entry}${partName(shape.value) ?? 'value'}`)];
      });
    }
    default:
      return [[name, textOf(member, value)]];
  }
}

function textOf({ shape }: Member, value: unknown): string {
  if (shape.type === 'timestamp') return new Date(value as number).toISOString();
  return shape.type === 'blob' ? Buffer.from(value as Uint8Array).toString('base64') : String(value);
}

function jsonOf(members: readonly Member[], input: Fields): Fields {
  return mapped(members, input, ({ locationName, name }) => locationName ?? name, jsonValue);
}

function jsonValue({ shape }: Member, value: unknown): unknown {
  switch (shape.type) {
    case 'structure':
      return shape.document ? value : jsonOf(shape.members, value as Fields);
    case 'list':
      return (value as readonly unknown[]).map((part) => jsonValue(shape.element, part));
    case 'map':
      return mapValues(value as Fields, (part) => jsonValue(shape.value, part));
    case 'timestamp':
      return (value as number) / 1000;
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64');
    default:
      return value;
  }
}

function cborOf(members: readonly Member[], input: Fields): Fields {
  return mapped(members, input, ({ name }) => name, cborValue);
}

function cborValue({ shape }: Member, value: unknown): unknown {
  switch (shape.type) {
    case 'structure':
      return cborOf(shape.members, value as Fields);
    case 'list':
      return (value as readonly unknown[]).map((part) => cborValue(shape.element, part));
    case 'map':
      return mapValues(value as Fields, (part) => cborValue(shape.value, part));
    case 'timestamp':
      return (value as number) / 1000;
    default:
      return value;
  }
}

function mapped(
  members: readonly Member[],
  input: Fields,
  nameOf: (member: Member) => string,
  valueIn: (member: Member, value: unknown) => unknown,
): Fields {
  const present = members.filter(({ name }) => input[name] !== undefined);
  return Object.fromEntries(present.map((member) => [nameOf(member), valueIn(member, input[member.name])]));
}

function mapValues(value: Fields, change: (part: unknown) => unknown): Fields {
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, change(part)]));
}

type BodyText = (name: string, members: readonly Member[], fields: Fields) => string;

function restMessage(operation: OperationModel, input: Fields, contentType: string, bodyText: BodyText): WireMessage {
  const { members, payload } = operation.input;
  const present = members.filter(({ name }) => input[name] !== undefined);
  const headers: Record<string, string> = {};
  const query = (operation.http.requestUri.split('?')[1] ?? '').split('&').filter((part) => part !== '');
  for (const member of present) {
    const value = input[member.name];
    const name = member.locationName ?? member.name;
    if (member.location === 'header') headers[name.toLowerCase()] = headerText(member, value);
    if (member.location === 'headers')
      for (const [key, part] of Object.entries(value as Fields)) headers[(name + key).toLowerCase()] = String(part);
    if (member.location === 'querystring') query.push(...queryParts(member, name, value));
  }
  const inBody = present.filter(({ location }) => location === undefined);
  const body = restBody(operation, payload, inBody, input, bodyText);
  if (body.byteLength > 0) headers['content-type'] ??= contentType;
  return { method: operation.http.method, path: pathOf(operation, input), query: query.join('&'), headers, body };
}

function restBody(
  operation: OperationModel,
  payload: Member | undefined,
  inBody: readonly Member[],
  input: Fields,
  bodyText: BodyText,
): Uint8Array {
  if (!payload) {
    const name = operation.inputName ?? operation.input.name;
    return inBody.length === 0 ? new Uint8Array(0) : Buffer.from(bodyText(name, inBody, input));
  }
  const value = input[payload.name];
  if (value === undefined) return new Uint8Array(0);
  const { shape } = payload;
  if (shape.type === 'structure' && !shape.eventStream)
    return Buffer.from(bodyText(payload.locationName ?? shape.name, shape.members, value as Fields));
  return value instanceof Uint8Array ? value : Buffer.from(String(value));
}

function headerText(member: Member, value: unknown): string {
  if (member.shape.type !== 'list') return scalarText(member, value, member.timestampFormat ?? 'rfc822');
  const { element } = member.shape;
  return (value as readonly unknown[]).map((part) => scalarText(element, part, 'rfc822')).join(',');
}

function queryParts(member: Member, name: string, value: unknown): string[] {
  const { shape } = member;
  const pair = (key: string, text: string) => `${encodeURIComponent(key)}=${encodeURIComponent(text)}`;
  if (shape.type === 'list')
    return (value as readonly unknown[]).map((part) => pair(name, scalarText(shape.element, part)));
  if (shape.type !== 'map') return [pair(name, scalarText(member, value))];
  return Object.entries(value as Fields).flatMap(([key, part]) =>
    (Array.isArray(part) ? part : [part]).map((text) => pair(key, String(text))),
  );
}

function scalarText(member: Member, value: unknown, timestamp?: string): string {
  if (member.jsonValue) return Buffer.from(String(value)).toString('base64');
  return member.shape.type === 'timestamp' && timestamp === 'rfc822'
    ? new Date(value as number).toUTCString()
    : textOf(member, value);
}

function pathOf(operation: OperationModel, input: Fields): string {
  const labels = new Map(
    operation.input.members
      .filter(({ location }) => location === 'uri')
      .map((member) => [member.locationName ?? member.name, scalarText(member, input[member.name] ?? '')]),
  );
  return (operation.http.requestUri.split('?')[0] ?? '/').replace(
    /\{([^}+]+)(\+?)\}/g,
    (_all, name: string, greedy) => {
      const text = labels.get(name) ?? '';
      return greedy ? text.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(text);
    },
  );
}

function xmlOf(members: readonly Member[], input: Fields): string {
  return members
    .filter(({ name, xmlAttribute }) => input[name] !== undefined && !xmlAttribute)
    .map((member) => {
      const { shape } = member;
      const elementName = shape.type === 'list' && member.flattened ? shape.element.locationName : undefined;
      return xmlValue(member, elementName ?? member.locationName ?? member.name, input[member.name]);
    })
    .join('');
}

function xmlValue(member: Member, name: string, value: unknown): string {
  const { shape } = member;
  switch (shape.type) {
    case 'structure': {
      const fields = value as Fields;
      return element(name, xmlOf(shape.members, fields), attributesOf(shape.members, fields));
    }
    case 'list': {
      const innerName = member.flattened ? name : (shape.element.locationName ?? 'member');
      const parts = (value as readonly unknown[]).map((part) => xmlValue(shape.element, innerName, part)).join('');
      return member.flattened ? parts : element(name, parts);
    }
    case 'map': {
      const [keyName, valueName] = [shape.key.locationName ?? 'key', shape.value.locationName ?? 'value'];
      const entries = Object.entries(value as Fields).map(([key, part]) =>
        element(
          member.flattened ? name : 'entry',
          element(keyName, escaped(key)) + xmlValue(shape.value, valueName, part),
        ),
      );
      return member.flattened ? entries.join('') : element(name, entries.join(''));
    }
    default:
      return element(name, escaped(textOf(member, value)));
  }
}

function attributesOf(members: readonly Member[], fields: Fields): string {
  return members
    .filter(({ xmlAttribute, name }) => xmlAttribute && fields[name] !== undefined)
    .map(({ locationName, name }) => ` ${locationName ?? name}="${escaped(String(fields[name]))}"`)
    .join('');
}

const element = (name: string, content: string, attributes = ''): string =>
  `<${name}${attributes}>${content}</${name}>`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
