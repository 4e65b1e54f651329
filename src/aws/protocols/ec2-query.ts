// EC2's own dialect of the query protocol: every list is flat, names are capitalized, answers have no result wrapper.

import { type AwsError, awsError } from '../errors.ts';
import type { Member, OperationModel } from '../model.ts';
import type { FormNode } from './form.ts';
import { createFormDecoder } from './form-decode.ts';
import { type Fault, fieldsOf, type Protocol, type WireResponseParts } from './protocol.ts';
import { formOf } from './query.ts';
import { createXmlEncoder, escapeText, xmlDeclaration } from './xml-encode.ts';

const decoder = createFormDecoder({ nameOf: requestNameOf, alwaysFlat: true, refuse: invalidParameter });

const encoder = createXmlEncoder({
  timestamp: 'iso8601',
  fraction: 'always',
  nameOf: (member) => member.locationName ?? member.name,
  partNameOf: (member) => member.locationName,
});

/** `securityGroupId` in answers is `SecurityGroupId` in requests. */
function requestNameOf({ queryName, locationName, name }: Member): string {
  return (
    queryName ?? (locationName === undefined ? name : locationName.charAt(0).toUpperCase() + locationName.slice(1))
  );
}

function invalidParameter({ reason, member = '', value = '' }: Fault): AwsError {
  return awsError('InvalidParameterValue', `Value (${value}) for parameter ${member} is invalid. ${reason}`);
}

export const ec2Query: Protocol = {
  name: 'ec2',

  decode(operation, request) {
    const form = formOf(request);
    refuseUnknown(operation, form);
    return decoder.structure(operation.input)(form);
  },

  encode(operation, output, requestId) {
    const { status, headers, parts } = encodeParts(operation, output, requestId);
    return { status, headers, body: [...parts].join('') };
  },

  encodeParts,

  encodeError(_service, error, requestId) {
    const details = `<Error><Code>${escapeText(error.code)}</Code><Message>${escapeText(error.message)}</Message></Error>`;
    const body = `${xmlDeclaration}<Response><Errors>${details}</Errors><RequestID>${escapeText(requestId)}</RequestID></Response>`;
    return { status: error.statusCode, headers: headersOf(requestId), body };
  },
};

function encodeParts(operation: OperationModel, output: unknown, requestId: string): WireResponseParts {
  return { status: 200, headers: headersOf(requestId), parts: bodyParts(operation, output, requestId) };
}

function* bodyParts({ name, output: shape, service }: OperationModel, output: unknown, requestId: string) {
  const id = `<requestId>${escapeText(requestId)}</requestId>`;
  yield `${xmlDeclaration}<${name}Response xmlns="${service.xmlNamespace}/">${id}`;
  if (shape.members.length === 0) yield '<return>true</return>';
  else yield* encoder.contentParts(shape)(fieldsOf(output));
  yield `</${name}Response>`;
}

/** What signs and names a request rather than being part of an operation's input. */
const commonParameters = new Set([
  'Action',
  'Version',
  'AWSAccessKeyId',
  'Expires',
  'SecurityToken',
  'Signature',
  'SignatureMethod',
  'SignatureVersion',
  'Timestamp',
]);

function refuseUnknown(operation: OperationModel, form: FormNode): void {
  const known = decoder.fields(operation.input);
  for (const name of form.children?.keys() ?? []) {
    if (known.has(name) || commonParameters.has(name) || name === 'DryRun' || /^x-amz-/i.test(name)) continue;
    throw awsError('UnknownParameter', `The parameter ${name} is not recognized`);
  }
}

function headersOf(requestId: string): Record<string, string> {
  return { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId };
}
