// rest-xml (S3, S3 Control, Route 53): HTTP paths and headers carry a part, XML bodies the rest.

import { type AwsError, awsError } from '../errors.ts';
import type { Member, OperationModel, ServiceModel, StructureShape } from '../model.ts';
import { wireErrorOf, withoutBody } from './error-wire.ts';
import { encodeEventStream } from './event-stream.ts';
import { mixedContent } from './mixed-lists.ts';
import {
  asBuffer,
  type Fault,
  fieldsOf,
  type Protocol,
  type Refuse,
  streamOf,
  type WireRequest,
  type WireResponse,
} from './protocol.ts';
import {
  compileRequestBindings,
  compileResponseBindings,
  type Fields,
  type RequestBindings,
  type ResponseBindings,
} from './rest-bindings.ts';
import { parseXml, type XmlNode, XmlSyntaxError } from './xml.ts';
import { createXmlDecoder, type XmlDecoder, type XmlReader } from './xml-decode.ts';
import { createXmlEncoder, escapeKey, escapeText, looseElements, xmlDeclaration } from './xml-encode.ts';

type BodyReader = (request: WireRequest, result: Fields) => void;
type BodyWriter = (output: Readonly<Fields>) => { contentType: string | undefined; body: WireResponse['body'] };

interface CompiledOperation {
  readonly request: RequestBindings;
  readonly readBody: BodyReader;
  readonly response: ResponseBindings;
  readonly writeBody: BodyWriter;
}

const encoder = createXmlEncoder({
  timestamp: 'iso8601',
  fraction: 'zero',
  nameOf: ({ locationName, name }) => locationName ?? name,
  partNameOf: ({ locationName }) => locationName,
  escapeValue: escapeKey,
});

const operations = new WeakMap<OperationModel, CompiledOperation>();

function compiled(operation: OperationModel): CompiledOperation {
  let found = operations.get(operation);
  if (!found) {
    const refuse = refusalOf(operation.service);
    const request = compileRequestBindings(operation, invalidArgument(operation.service));
    const response = compileResponseBindings(operation);
    found = {
      request,
      readBody: bodyReader(operation, request.bodyMembers, createXmlDecoder(refuse), refuse),
      response,
      writeBody: bodyWriter(operation, response.bodyMembers),
    };
    operations.set(operation, found);
  }
  return found;
}

export function malformedXml(): AwsError {
  return awsError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}

function refusalOf(service: ServiceModel): Refuse {
  if (service.id === 's3' || service.id === 's3control') return malformedXml;
  return ({ reason }: Fault) =>
    awsError(service.id === 'route53' ? 'InvalidInput' : 'MalformedInput', `Invalid XML ; ${reason}`);
}

/** S3 words what is wrong with a header or query parameter apart from what is wrong with a body. */
function invalidArgument(service: ServiceModel): Refuse {
  return ({ reason, member, value }: Fault) => {
    if (service.id !== 's3') return awsError('InvalidInput', reason);
    const name = member ?? '';
    return awsError('InvalidArgument', argumentMessage(name, reason), 400, {
      ArgumentName: name,
      ArgumentValue: value ?? '',
    });
  };
}

function argumentMessage(name: string, reason: string): string {
  if (/Integer|Long/.test(reason)) return `Provided ${name} not an integer or within integer range`;
  if (name === 'x-amz-object-lock-retain-until-date')
    return 'The retain until date must be provided in ISO 8601 format';
  return `Invalid argument: ${name}`;
}

export const restXml: Protocol = {
  name: 'rest-xml',

  decode(operation, request, pathLabels) {
    const { request: bindings, readBody } = compiled(operation);
    const result: Fields = {};
    readBody(request, result);
    bindings.read(request, pathLabels, result);
    return result;
  },

  encode(operation, output, requestId) {
    const { response: bindings, writeBody } = compiled(operation);
    const fields = fieldsOf(output);
    const { contentType, body } = writeBody(fields);
    const headers = requestIdHeaders(operation.service, requestId);
    if (contentType !== undefined) headers['content-type'] = contentType;
    bindings.write(fields, headers);
    return withoutBody({ status: bindings.status(fields), headers, body }, operation.http.method);
  },

  encodeError(service, error, requestId, operation) {
    const wire = wireErrorOf(service, error);
    const { message: _message, Message: _Message, ...fields } = wire.members;
    const known = wire.shape ? encoder.content(wire.shape)(fields) : '';
    const loose = looseElements(
      Object.fromEntries(Object.entries(fields).filter(([name]) => !wire.shape?.member(name))),
    );
    const type = error.fault === 'client' ? 'Sender' : 'Receiver';
    const code = `<Code>${escapeText(wire.code)}</Code><Message>${escapeText(error.message)}</Message>`;
    const id = escapeText(requestId);
    const body =
      service.id === 's3'
        ? `<Error>${code}${known}${loose}<RequestId>${id}</RequestId><HostId>${hostIdOf(requestId)}</HostId></Error>`
        : `<ErrorResponse xmlns="${service.xmlNamespace}"><Error><Type>${type}</Type>${code}${known}${loose}</Error><RequestId>${id}</RequestId></ErrorResponse>`;
    const headers = { ...requestIdHeaders(service, requestId), 'content-type': 'application/xml', ...error.headers };
    return withoutBody({ status: wire.statusCode, headers, body: xmlDeclaration + body }, operation?.http.method);
  },
};

function requestIdHeaders(service: ServiceModel, requestId: string): Record<string, string> {
  if (service.id !== 's3' && service.id !== 's3control') return { 'x-amzn-requestid': requestId };
  return { 'x-amz-request-id': requestId, 'x-amz-id-2': hostIdOf(requestId) };
}

/** S3's second request id names the host that answered; it means nothing to clients but is always there. */
export function hostIdOf(requestId: string): string {
  const end = hostIdPrefix.length + hostIdBytes.write(requestId, hostIdPrefix.length, 'latin1');
  return hostIdBytes.toString('base64', 0, end);
}

const hostIdPrefix = 'cloudlet ';
/** Every answer has one, so they are put together in one place. Longer than any request's id. */
const hostIdBytes = Buffer.from(hostIdPrefix.padEnd(128));

function bodyReader(
  operation: OperationModel,
  bodyMembers: readonly Member[],
  decoder: XmlDecoder,
  refuse: Refuse,
): BodyReader {
  const { payload } = operation.input;
  if (payload && payload.shape.type !== 'structure') return rawReader(payload);
  if (payload) {
    const read = decoder.structure(payload.shape as StructureShape);
    const rootName = payload.locationName ?? payload.shape.name;
    return ({ body }, result) => {
      if (body.byteLength > 0) result[payload.name] = readRoot(body, rootName, read, refuse);
    };
  }
  if (bodyMembers.length === 0) return () => undefined;
  const read = decoder.members(bodyMembers);
  const rootName = operation.inputName ?? operation.input.name;
  return ({ body }, result) => {
    if (body.byteLength > 0) Object.assign(result, readRoot(body, rootName, read, refuse));
  };
}

function rawReader({ name, shape, streaming }: Member): BodyReader {
  if (streaming) {
    return ({ body, stream }, result) => {
      result[name] = stream ?? streamOf(body);
    };
  }
  return ({ body }, result) => {
    if (body.byteLength > 0) result[name] = shape.type === 'string' ? asBuffer(body).toString() : body;
  };
}

function readRoot(body: Uint8Array, rootName: string, read: XmlReader, refuse: Refuse): unknown {
  let root: XmlNode;
  try {
    root = parseXml(asBuffer(body).toString());
  } catch (error) {
    if (error instanceof XmlSyntaxError) throw refuse({ reason: error.message });
    throw error;
  }
  if (root.name !== rootName) throw refuse({ reason: `the element ${root.name} stands where ${rootName} is expected` });
  return read(root);
}

function bodyWriter(operation: OperationModel, bodyMembers: readonly Member[]): BodyWriter {
  const { payload } = operation.output;
  const { service } = operation;
  const namespace = service.xmlNamespace === undefined ? '' : ` xmlns="${service.xmlNamespace}"`;
  const document = (name: string, content: string) =>
    content === ''
      ? `${xmlDeclaration}<${name}${namespace}/>`
      : `${xmlDeclaration}<${name}${namespace}>${content}</${name}>`;
  if (!payload) {
    if (bodyMembers.length === 0) return () => ({ contentType: undefined, body: '' });
    const rootName = operation.outputName ?? operation.output.locationName ?? operation.output.name;
    // GetBucketLocation alone answers with its one member as the root.
    if (rootName === 'LocationConstraint') {
      return (output) => ({
        contentType: 'application/xml',
        body: document(rootName, escapeText(String(output['LocationConstraint'] ?? ''))),
      });
    }
    const write = mixedContent(encoder, inOrder(rootName, bodyMembers));
    return (output) => ({ contentType: xmlType(service), body: document(rootName, write(output)) });
  }
  const { name, shape } = payload;
  if (shape.type === 'structure' && shape.eventStream) {
    return (output) => ({
      contentType: 'application/vnd.amazon.eventstream',
      body: eventStreamBody(payload, output[name]),
    });
  }
  if (shape.type === 'structure') {
    const write = encoder.content(shape);
    const rootName = payload.locationName ?? shape.locationName ?? shape.name;
    return (output) => ({
      contentType: xmlType(service),
      body: document(rootName, output[name] === undefined ? '' : write(output[name])),
    });
  }
  return (output) => ({ contentType: undefined, body: (output[name] as WireResponse['body'] | undefined) ?? '' });
}

/** AWS's SDK for Java gives what is listed the owner and the bucket's name that it has read by then. */
function inOrder(rootName: string, members: readonly Member[]): readonly Member[] {
  if (!/^List(?:AllMyBuckets|Bucket|Versions)Result$/.test(rootName)) return members;
  const rank = ({ name, shape }: Member) => (name === 'Owner' ? 0 : shape.type === 'list' ? 2 : 1);
  return members.toSorted((a, b) => rank(a) - rank(b));
}

function xmlType(service: ServiceModel): string {
  return service.id === 'route53' ? 'text/xml' : 'application/xml';
}

function eventStreamBody(payload: Member, events: unknown): AsyncIterable<Uint8Array> {
  return encodeEventStream(payload, events as AsyncIterable<unknown> | undefined, {
    contentType: 'text/xml',
    encodeMembers: (members, event, name) => `${xmlDeclaration}<${name}>${encoder.contentOf(members)(event)}</${name}>`,
  });
}
