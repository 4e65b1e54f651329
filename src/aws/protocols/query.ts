// The AWS query protocol (IAM, STS, SNS, Auto Scaling, …): form fields in, XML out.

import { awsError } from '../errors.ts';
import type { Member, ServiceModel } from '../model.ts';
import { queryWordsOf, wireErrorOf } from './error-wire.ts';
import { parseFormTree } from './form.ts';
import { createFormDecoder, type FormDecoder } from './form-decode.ts';
import { asBuffer, type Fault, fieldsOf, type Protocol, type WireRequest } from './protocol.ts';
import { withSqsDefaults } from './sqs-query.ts';
import { createXmlEncoder, escapeText, looseElements, type XmlStyle, xmlDeclaration } from './xml-encode.ts';

const nameOf = (member: Member) => member.queryName ?? member.locationName ?? member.name;

const decoder: FormDecoder = createFormDecoder({
  nameOf,
  alwaysFlat: false,
  refuse: ({ reason }: Fault) => awsError('MalformedInput', reason),
});

const style: XmlStyle = {
  timestamp: 'iso8601',
  nameOf,
  partNameOf: (member) => member.queryName ?? member.locationName,
};

const encoder = createXmlEncoder(style);

const wholeSecondsEncoder = createXmlEncoder({ ...style, fraction: 'never' });

const encoderOf = ({ id }: ServiceModel) => (id === 'iam' || id === 'sts' ? wholeSecondsEncoder : encoder);

export const query: Protocol = {
  name: 'query',

  decode(operation, request) {
    const input = decoder.structure(operation.input)(formOf(request)) as Record<string, unknown>;
    return operation.service.id === 'sqs' ? withSqsDefaults(operation, request, input) : input;
  },

  encode(operation, output, requestId) {
    const { service, name, resultWrapper } = operation;
    const content = encoderOf(service).content(operation.output)(fieldsOf(output));
    const result = resultWrapper === undefined ? content : wrapped(resultWrapper, content);
    const metadata = `<ResponseMetadata><RequestId>${escapeText(requestId)}</RequestId></ResponseMetadata>`;
    const body = `${xmlDeclaration}<${name}Response${namespaceOf(service)}>${result}${metadata}</${name}Response>`;
    return { status: 200, headers: headersOf(requestId), body };
  },

  encodeError(service, error, requestId) {
    const wire = wireErrorOf(service, error);
    // What the framework says to requests that name no operation.
    if (error.code === 'UnknownOperationException')
      return { status: wire.statusCode, headers: headersOf(requestId), body: '<UnknownOperationException/>' };
    const { message: _message, Message: _Message, ...fields } = wire.members;
    const loose = wire.shape ? encoder.content(wire.shape)(fields) : looseElements(fields);
    const extra = service.id === 'sqs' ? '<Detail/>' : loose;
    const type = error.fault === 'client' ? 'Sender' : 'Receiver';
    const message = escapeText(queryWordsOf(service, error));
    const details = `<Error><Type>${type}</Type><Code>${escapeText(wire.code)}</Code><Message>${message}</Message>${extra}</Error>`;
    const body = `${xmlDeclaration}<ErrorResponse${namespaceOf(service)}>${details}<RequestId>${escapeText(requestId)}</RequestId></ErrorResponse>`;
    return { status: wire.statusCode, headers: headersOf(requestId), body };
  },
};

const wrapped = (name: string, content: string): string =>
  content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;

/** Parameters may stand in the query string, the body, or both. */
export function formOf(request: WireRequest) {
  return parseFormTree(request.query, asBuffer(request.body).toString());
}

function namespaceOf({ xmlNamespace }: ServiceModel): string {
  return xmlNamespace === undefined ? '' : ` xmlns="${xmlNamespace}"`;
}

function headersOf(requestId: string): Record<string, string> {
  return { 'content-type': 'text/xml', 'x-amzn-requestid': requestId };
}
