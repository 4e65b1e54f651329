// The AWS JSON protocols 1.0 and 1.1 (DynamoDB, ECS, SSM, SQS, …): X-Amz-Target names the operation, all else is JSON.

import { crc32, gunzipSync, inflateSync } from 'node:zlib';
import { type AwsError, awsError } from '../errors.ts';
import type { Member, OperationModel, ServiceModel } from '../model.ts';
import { isPrepared, preparedJson } from '../prepared.ts';
import { createDocumentDecoder } from './document-decode.ts';
import { queryErrorHeader, wireErrorOf } from './error-wire.ts';
import { encodeEventStream } from './event-stream.ts';
import { jsonEncoder, jsonNameOf, parseJson, readJsonBlob } from './json-body.ts';
import { type Fault, fieldsOf, type Protocol, type WireRequest, type WireResponse } from './protocol.ts';

const refuse = ({ reason }: Fault): AwsError => awsError('SerializationException', reason);

const decoder = createDocumentDecoder({ refuse, nameOf: jsonNameOf, readBlob: readJsonBlob });

/** As AWS limits requests. */
const largestInflatedBytes = 16 * 1024 * 1024;

/** Of a body that is as it is: HTTP's word for it, and the one in AWS's older clients and references. */
const plainEncodings = ['identity', 'amz-1.0'];

/** SDKs compress requests when they are told to. */
function inflate({ headers, body }: WireRequest): Uint8Array {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || plainEncodings.includes(encoding)) return body;
  try {
    if (encoding === 'gzip') return gunzipSync(body, { maxOutputLength: largestInflatedBytes });
    if (encoding === 'deflate') return inflateSync(body, { maxOutputLength: largestInflatedBytes });
  } catch {}
  throw refuse({ reason: `The request cannot be decompressed as its Content-Encoding says: ${encoding}` });
}

export const json: Protocol = {
  name: 'json',

  decode(operation, request) {
    return decoder.structure(operation.input)(parseJson(inflate(request), refuse), 0);
  },

  encode(operation, output, requestId) {
    const { service } = operation;
    if (isPrepared(output)) return answer(service, 200, output[preparedJson](), requestId);
    const stream = eventStreamMember(operation);
    if (stream) return encodeStreaming(operation, stream, output, requestId);
    return answer(service, 200, JSON.stringify(jsonEncoder.structure(operation.output)(fieldsOf(output))), requestId);
  },

  encodeError(service, error, requestId) {
    const wire = wireErrorOf(service, error);
    const members = wire.shape ? (jsonEncoder.structure(wire.shape)(wire.members) as object) : wire.members;
    const message = wire.messageMember || error.message === '' ? {} : { [messageKey(error)]: error.message };
    const __type = ownTypes[service.id]?.[error.code] ?? typePrefix(service, error) + wire.shapeName;
    const body = JSON.stringify({ __type, ...members, ...message });
    const response = answer(service, error.statusCode, body, requestId);
    // Services that also speak the query protocol name the error there instead.
    Object.assign(
      response.headers,
      service.queryCompatible ? queryErrorHeader(service, error, wire.code) : { 'x-amzn-errortype': wire.shapeName },
    );
    return response;
  },
};

function answer(service: ServiceModel, status: number, body: string, requestId: string): WireResponse {
  const headers: Record<string, string> = { 'content-type': contentType(service), 'x-amzn-requestid': requestId };
  // DynamoDB's clients check it.
  if (service.signingName === 'dynamodb') headers['x-amz-crc32'] = String(crc32(body));
  return { status, headers, body };
}

function contentType(service: ServiceModel): string {
  return `application/x-amz-json-${service.jsonVersion ?? '1.1'}`;
}

function eventStreamMember(operation: OperationModel): Member | undefined {
  return operation.output.members.find(({ shape }) => shape.type === 'structure' && shape.eventStream);
}

/** The members beside the stream travel in a first event of their own. */
function encodeStreaming(operation: OperationModel, member: Member, output: unknown, requestId: string): WireResponse {
  const fields = fieldsOf(output);
  const initial = JSON.stringify(jsonEncoder.structure(operation.output)(fields));
  const body = encodeEventStream(member, fields[member.name] as AsyncIterable<unknown>, {
    contentType: 'application/json',
    encodeMembers: (members, event) => JSON.stringify(jsonEncoder.members(members)(event)),
    initialResponse: initial,
  });
  return {
    status: 200,
    headers: { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': requestId },
    body,
  };
}

/** What the framework in front of a service finds wrong is worded apart from what the service does. */
const frameworkErrors: Readonly<Record<string, string>> = {
  SerializationException: 'com.amazon.coral.service#',
  UnknownOperationException: 'com.amazon.coral.service#',
  InternalFailure: 'com.amazon.coral.service#',
  UnrecognizedClientException: 'com.amazon.coral.service#',
  InvalidSignatureException: 'com.amazon.coral.service#',
  MissingAuthenticationTokenException: 'com.amazon.coral.service#',
  IncompleteSignatureException: 'com.amazon.coral.service#',
  AccessDeniedException: 'com.amazon.coral.service#',
  ThrottlingException: 'com.amazon.coral.availability#',
  ValidationException: 'com.amazon.coral.validate#',
};

const namespaces: Readonly<Record<string, string>> = {
  dynamodb: 'com.amazonaws.dynamodb.v20120810#',
  dynamodbstreams: 'com.amazonaws.dynamodb.v20120810#',
  sqs: 'com.amazonaws.sqs#',
  stepfunctions: 'com.amazonaws.swf.service.v2.model#',
};

/** Errors that the model does not name, and that are called otherwise than on the query protocol. */
const ownTypes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sqs: {
    AccessDenied: 'com.amazon.coral.service#AccessDeniedException',
    InvalidParameterValue: 'com.amazon.coral.service#InvalidParameterValueException',
    MissingParameter: 'com.amazon.coral.service#MissingRequiredParameterException',
  },
};

/** JSON 1.0 services qualify names; the others mostly do not. Clients look only behind the `#`. */
function typePrefix(service: ServiceModel, error: AwsError): string {
  if (service.jsonVersion !== '1.0') return '';
  const isModelled = service.exception(error.code) !== undefined;
  return (isModelled ? undefined : frameworkErrors[error.code]) ?? namespaces[service.id] ?? '';
}

function messageKey(error: AwsError): string {
  return frameworkErrors[error.code] === 'com.amazon.coral.service#' ? 'Message' : 'message';
}
