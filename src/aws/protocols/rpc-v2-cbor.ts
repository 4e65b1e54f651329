// Smithy's RPC v2 with CBOR (CloudWatch, Cloud Map, …): the path names the operation, bodies are CBOR.

import { type AwsError, awsError } from '../errors.ts';
import { CborDouble, CborSyntaxError, decodeCbor, encodeCbor } from './cbor.ts';
import { createDocumentDecoder, TaggedValue } from './document-decode.ts';
import { createDocumentEncoder } from './document-encode.ts';
import { queryErrorHeader, wireErrorOf } from './error-wire.ts';
import { type Fault, fieldsOf, type Protocol, type WireResponse } from './protocol.ts';

const refuse = ({ reason }: Fault): AwsError => awsError('SerializationException', reason);

const decoder = createDocumentDecoder({
  refuse,
  nameOf: ({ name }) => name,
  readBlob: (value) => (value instanceof Uint8Array ? value : undefined),
});

const encoder = createDocumentEncoder({
  nameOf: ({ name }) => name,
  writeBlob: (value) => value,
  writeTimestamp: (atMs) => new TaggedValue(1, atMs / 1000),
  writeDouble: (value) => new CborDouble(value as number),
});

export const rpcV2Cbor: Protocol = {
  name: 'smithy-rpc-v2-cbor',

  decode(operation, request) {
    return decoder.structure(operation.input)(parseBody(request.body), 0);
  },

  encode(operation, output, requestId) {
    return answer(200, encodeCbor(encoder.structure(operation.output)(fieldsOf(output))), requestId);
  },

  encodeError(service, error, requestId) {
    const wire = wireErrorOf(service, error);
    const members = wire.shape ? (encoder.structure(wire.shape)(wire.members) as object) : wire.members;
    const message = wire.messageMember || error.message === '' ? {} : { message: error.message };
    const response = answer(wire.statusCode, encodeCbor({ __type: wire.shapeName, ...members, ...message }), requestId);
    Object.assign(response.headers, queryErrorHeader(service, error, wire.code));
    return response;
  },
};

/** An absent body counts as an empty structure. */
function parseBody(body: Uint8Array): unknown {
  if (body.byteLength === 0) return {};
  try {
    return decodeCbor(body);
  } catch (error) {
    if (error instanceof CborSyntaxError) throw refuse({ reason: `The request is not valid CBOR: ${error.message}` });
    throw error;
  }
}

function answer(status: number, body: Uint8Array, requestId: string): WireResponse {
  return {
    status,
    headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor', 'x-amzn-requestid': requestId },
    body,
  };
}
