// Turns a botocore model into the compact one that ships: no prose, only what decoding, encoding, routing and
// validation need. src/aws/model.ts reads this format.

import {
  type BotocoreMember,
  type BotocoreModel,
  type BotocorePaginator,
  type BotocoreShape,
  botocoreVersion,
} from './botocore.ts';
import type { Overlay } from './services.ts';

export type Json = Record<string, unknown>;

export interface CompactModel {
  readonly metadata: Json;
  readonly operations: Record<string, Json>;
  readonly shapes: Record<string, Json>;
}

const primitives = new Set(['string', 'integer', 'long', 'float', 'double', 'boolean', 'blob', 'timestamp']);

const memberTraits = [
  'location',
  'locationName',
  'queryName',
  'flattened',
  'streaming',
  'idempotencyToken',
  'xmlAttribute',
  'xmlNamespace',
  'eventpayload',
  'eventheader',
  'hostLabel',
  'timestampFormat',
  'jsonvalue',
  'enum',
];

const shapeTraits = [
  'enum',
  'min',
  'max',
  'pattern',
  'sensitive',
  'timestampFormat',
  'flattened',
  'streaming',
  'required',
  'payload',
  'union',
  'document',
  'eventstream',
  'exception',
  'error',
  'fault',
  'locationName',
  'xmlNamespace',
];

export function compactModel(
  id: string,
  model: BotocoreModel,
  paginators: Readonly<Record<string, BotocorePaginator>>,
  overlay: Overlay = {},
): CompactModel {
  const shapes: Record<string, Json> = {};
  const visit = (name: string): string => {
    const shape = model.shapes[name];
    if (!shape) throw new Error(`${id}: no shape ${name}`);
    if (isPlain(shape)) return shape.type;
    if (primitives.has(name)) throw new Error(`${id}: the constrained shape ${name} has the name of a primitive`);
    if (!(name in shapes)) {
      shapes[name] = {};
      Object.assign(shapes[name], compactShape(name, shape, visit, overlay));
    }
    return name;
  };
  const operations: Record<string, Json> = {};
  for (const name of Object.keys(model.operations).sort()) {
    operations[name] = compactOperation(name, model, paginators[name], visit, overlay);
  }
  // Some exceptions are listed by no operation, yet AWS raises them (S3's AccessDenied).
  for (const [name, shape] of Object.entries(model.shapes)) if (shape['exception']) visit(name);
  return { metadata: compactMetadata(id, model, overlay), operations, shapes: sorted(shapes) };
}

/** The model with some of its shapes turned into text. */
export function withTexts(model: BotocoreModel, texts: readonly string[] = []): BotocoreModel {
  const unknown = texts.find((name) => !(name in model.shapes));
  if (unknown !== undefined) throw new Error(`no shape ${unknown}`);
  return {
    ...model,
    shapes: { ...model.shapes, ...Object.fromEntries(texts.map((name) => [name, { type: 'string' }])) },
  };
}

function isPlain(shape: BotocoreShape): boolean {
  return primitives.has(shape.type) && !shapeTraits.some((trait) => trait in shape);
}

function compactMetadata(id: string, model: BotocoreModel, overlay: Overlay): Json {
  const from = model.metadata;
  return defined({
    id,
    botocore: botocoreVersion,
    serviceId: from['serviceId'],
    apiVersion: from['apiVersion'],
    protocols: overlay.protocols ?? from['protocols'] ?? [from['protocol']],
    signingName: from['signingName'] ?? from['endpointPrefix'],
    endpointPrefix: from['endpointPrefix'],
    globalEndpoint: from['globalEndpoint'],
    targetPrefix: from['targetPrefix'],
    jsonVersion: from['jsonVersion'],
    xmlNamespace: overlay.xmlNamespace ?? from['xmlNamespace'],
    queryCompatible: from['awsQueryCompatible'] ? true : undefined,
  });
}

function compactOperation(
  name: string,
  model: BotocoreModel,
  paginator: BotocorePaginator | undefined,
  visit: (name: string) => string,
  overlay: Overlay,
): Json {
  const from = model.operations[name];
  if (!from || from.name !== name) throw new Error(`operation ${name} is called ${from?.name}`);
  const endpoint = from['endpoint'] as { hostPrefix?: string } | undefined;
  const noAuth = from['authtype'] === 'none' || (from['auth'] as string[] | undefined)?.includes('smithy.api#noAuth');
  const outputName = from.output?.shape;
  return defined({
    http: from.http.responseCode
      ? [from.http.method, from.http.requestUri, from.http.responseCode]
      : [from.http.method, from.http.requestUri],
    input: from.input && visit(from.input.shape),
    inputName: from.input?.['locationName'],
    output: outputName && visit(outputName),
    resultWrapper:
      from.output?.['resultWrapper'] ?? (overlay.resultWrappers && outputName ? `${name}Result` : undefined),
    errors: from.errors?.map((error) => visit(error.shape)),
    hostPrefix: endpoint?.hostPrefix,
    noAuth: noAuth || undefined,
    unsignedPayload: from['unsignedPayload'] || from['authtype'] === 'v4-unsigned-body' || undefined,
    checksum: from['httpChecksum'],
    checksumRequired: from['httpChecksumRequired'] || undefined,
    deprecated: from['deprecated'] || undefined,
    outputName: overlay.outputNames?.[name],
    paginator: paginator && {
      inputToken: paginator.input_token,
      outputToken: paginator.output_token,
      ...defined({
        limitKey: paginator.limit_key,
        resultKey: paginator.result_key,
        moreResults: paginator.more_results,
      }),
    },
  });
}

function compactShape(name: string, from: BotocoreShape, visit: (name: string) => string, overlay: Overlay): Json {
  const result: Json = { type: from.type };
  for (const trait of shapeTraits) if (trait in from) result[trait] = from[trait];
  const queryError = overlay.errors?.[name];
  if (queryError) result['error'] = { code: queryError[0], httpStatusCode: queryError[1], senderFault: true };
  if (from.members) {
    const members: Json = {};
    for (const [memberName, member] of Object.entries(from.members)) {
      members[memberName] = compactMember({ ...member, ...overlay.members?.[name]?.[memberName] }, visit);
    }
    result['members'] = members;
  }
  const list = overlay.lists?.[name];
  const map = overlay.maps?.[name];
  const part = (member: BotocoreMember, queryName: string | undefined) =>
    compactMember(queryName ? { ...member, queryName } : member, visit);
  if (from.member) result['member'] = part(from.member, list);
  if (from.key) result['key'] = part(from.key, map?.[0]);
  if (from.value) result['value'] = part(from.value, map?.[1]);
  return result;
}

/** `"Shape"`, or `"Shape wireName"` when its name on the wire is the only trait, or an object. */
function compactMember(from: BotocoreMember, visit: (name: string) => string): unknown {
  const shape = visit(from.shape);
  const traits: Json = {};
  for (const trait of memberTraits) if (trait in from) traits[trait] = from[trait];
  const names = Object.keys(traits);
  if (names.length === 0) return shape;
  if (names.length === 1 && names[0] === 'locationName') return `${shape} ${from.locationName}`;
  return { shape, ...traits };
}

function defined(from: Json): Json {
  return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined));
}

function sorted<T>(from: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(from).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One line an operation and a shape, so that an update of the pin reads well in a diff. */
export function formatCompact(model: CompactModel): string {
  const lines = (part: Record<string, unknown>) =>
    Object.entries(part)
      .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
      .join(',\n');
  const { metadata, operations, shapes } = model;
  return `{"metadata":${JSON.stringify(metadata)},\n"operations":{\n${lines(operations)}\n},\n"shapes":{\n${lines(shapes)}\n}}\n`;
}
