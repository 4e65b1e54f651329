// rest-json (Lambda, AppSync, EKS, API Gateway, …): HTTP paths and headers carry a part, JSON bodies the rest.

import { type AwsError, awsError } from '../errors.ts';
import type { Member, OperationModel, ServiceModel } from '../model.ts';
import { createDocumentDecoder, type DocumentDecoder } from './document-decode.ts';
import { wireErrorOf, withoutBody } from './error-wire.ts';
import { encodeEventStream } from './event-stream.ts';
import { jsonEncoder, jsonNameOf, parseJson, readJsonBlob } from './json-body.ts';
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
  compileHeaders,
  compileRequestBindings,
  compileResponseBindings,
  type Fields,
  type RequestBindings,
  type ResponseBindings,
} from './rest-bindings.ts';

/** Reads or writes the body alone. */
type BodyReader = (request: WireRequest, result: Fields) => void;
type BodyWriter = (output: Readonly<Fields>) => { contentType: string | undefined; body: WireResponse['body'] };

interface CompiledOperation {
  readonly request: RequestBindings;
  readonly readBody: BodyReader;
  readonly response: ResponseBindings;
  readonly writeBody: BodyWriter;
}

const operations = new WeakMap<OperationModel, CompiledOperation>();

function compiled(operation: OperationModel): CompiledOperation {
  let found = operations.get(operation);
  if (!found) {
    const refuse = refusalOf(operation.service);
    const request = compileRequestBindings(operation, refuse);
    const response = compileResponseBindings(operation);
    const decoder = createDocumentDecoder({ refuse, nameOf: jsonNameOf, readBlob: readJsonBlob });
    found = {
      request,
      readBody: bodyReader(operation, request.bodyMembers, decoder, refuse),
      response,
      writeBody: bodyWriter(operation, response.bodyMembers),
    };
    operations.set(operation, found);
  }
  return found;
}

function refusalOf(service: ServiceModel): Refuse {
  const code = malformedCodes[service.id] ?? 'SerializationException';
  return ({ reason }: Fault): AwsError => awsError(code, reason);
}

/** What services call a body they cannot read. */
const malformedCodes: Readonly<Record<string, string>> = {
  lambda: 'InvalidRequestContentException',
  apigateway: 'BadRequestException',
  apigatewayv2: 'BadRequestException',
  appsync: 'BadRequestException',
};

export const restJson: Protocol = {
  name: 'rest-json',

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
    const headers: Record<string, string> = { 'x-amzn-requestid': requestId };
    if (contentType !== undefined) headers['content-type'] = contentType;
    bindings.write(fields, headers);
    const status = bindings.status(fields);
    return withoutBody({ status, headers, body: status === 204 ? '' : body }, operation.http.method);
  },

  encodeError(service, error, requestId, operation) {
    const wire = wireErrorOf(service, error);
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': wire.shapeName,
    };
    const inBody = wire.shape?.members.filter(({ location }) => location === undefined) ?? [];
    if (wire.shape) compileHeaders(wire.shape.members)(wire.members, headers);
    const members = wire.shape ? (jsonEncoder.members(inBody)(wire.members) as object) : wire.members;
    const message = wire.messageMember || error.message === '' ? {} : { message: error.message };
    return withoutBody(
      { status: wire.statusCode, headers, body: JSON.stringify({ ...members, ...message }) },
      operation?.http.method,
    );
  },
};

function bodyReader(
  operation: OperationModel,
  bodyMembers: readonly Member[],
  decoder: DocumentDecoder,
  refuse: Refuse,
): BodyReader {
  const { payload } = operation.input;
  if (payload) return payloadReader(payload, decoder, refuse);
  if (bodyMembers.length === 0) return () => undefined;
  const read = decoder.members(bodyMembers);
  return ({ body }, result) => {
    Object.assign(result, read(parseJson(body, refuse) ?? {}, 0));
  };
}

function payloadReader(payload: Member, decoder: DocumentDecoder, refuse: Refuse): BodyReader {
  const { name, shape } = payload;
  if (shape.type === 'structure') {
    const read = decoder.structure(shape);
    return ({ body }, result) => {
      if (body.byteLength > 0) result[name] = read(parseJson(body, refuse) ?? {}, 0);
    };
  }
  if (payload.streaming) {
    return ({ body, stream }, result) => {
      result[name] = stream ?? streamOf(body);
    };
  }
  return ({ body }, result) => {
    if (body.byteLength > 0) result[name] = shape.type === 'string' ? asBuffer(body).toString() : body;
  };
}

function bodyWriter(operation: OperationModel, bodyMembers: readonly Member[]): BodyWriter {
  const { payload } = operation.output;
  if (!payload) {
    const write = jsonEncoder.members(bodyMembers);
    return (output) => ({ contentType: 'application/json', body: JSON.stringify(write(output)) });
  }
  const { name, shape } = payload;
  if (shape.type === 'structure' && shape.eventStream) {
    const encoding = {
      contentType: 'application/json',
      encodeMembers: (members: readonly Member[], event: Readonly<Fields>) =>
        JSON.stringify(jsonEncoder.members(members)(event)),
    };
    return (output) => ({
      contentType: 'application/vnd.amazon.eventstream',
      body: encodeEventStream(payload, output[name] as AsyncIterable<unknown> | undefined, encoding),
    });
  }
  if (shape.type === 'structure') {
    const write = jsonEncoder.structure(shape);
    return (output) => ({
      contentType: 'application/json',
      body: output[name] === undefined ? '' : JSON.stringify(write(output[name])),
    });
  }
  const contentType = shape.type === 'string' ? 'text/plain' : 'application/octet-stream';
  return (output) => ({ contentType, body: (output[name] as WireResponse['body'] | undefined) ?? '' });
}
