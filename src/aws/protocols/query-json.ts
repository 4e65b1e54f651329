// The query protocol's answers in JSON, for who asks for them by `Accept: application/json`: integrations of API Gateway
// and scripts do. Every member of the model is there, null where the output has none.

import type { AwsError } from '../errors.ts';
import type { Member, OperationModel, ServiceModel, Shape, StructureShape } from '../model.ts';
import { queryWordsOf, wireErrorOf } from './error-wire.ts';
import { asBuffer, fieldsOf, type Protocol, type WireResponse } from './protocol.ts';
import { query } from './query.ts';

export const queryJson: Protocol = {
  name: 'query',
  decode: query.decode,

  encode(operation, output, requestId) {
    const result = operation.resultWrapper && { [operation.resultWrapper]: writeResult(operation, output) };
    const content = { ...result, ResponseMetadata: { RequestId: requestId } };
    return answer(200, { [`${operation.name}Response`]: content }, requestId);
  },

  encodeError(service: ServiceModel, error: AwsError, requestId: string) {
    const { code, statusCode } = wireErrorOf(service, error);
    const Type = error.fault === 'client' ? 'Sender' : 'Receiver';
    const told = { Code: code, Message: queryWordsOf(service, error), Type };
    // What the framework says to requests that name no operation stays as it is.
    return code === 'UnknownOperationException'
      ? query.encodeError(service, error, requestId)
      : answer(statusCode, { Error: told, RequestId: requestId }, requestId);
  },
};

function answer(status: number, content: object, requestId: string): WireResponse {
  const headers = { 'content-type': 'application/json', 'x-amzn-requestid': requestId };
  return { status, headers, body: JSON.stringify(content) };
}

function writeResult({ service, output: shape }: OperationModel, output: unknown): unknown {
  // SQS's lists have other names here than in its model, which was written anew for JSON.
  const nameOf = ({ name }: Member) =>
    service.id === 'sqs' && (name === 'Messages' || name === 'QueueUrls') ? lowerFirst(name) : name;
  return writeStructure(shape, fieldsOf(output), nameOf);
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

function writeStructure(
  { members }: StructureShape,
  fields: Readonly<Record<string, unknown>>,
  nameOf: (member: Member) => string = ({ name }) => name,
): unknown {
  return Object.fromEntries(members.map((member) => [nameOf(member), writeMember(member, fields[member.name])]));
}

function writeMember({ shape, flattened }: Member, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  // A flattened map is a list of pairs, as in the XML.
  if (shape.type !== 'map' || !flattened) return write(shape, value);
  const { key, value: entry } = shape;
  const [keyName, entryName] = [partNameOf(key) ?? 'key', partNameOf(entry) ?? 'value'];
  return Object.entries(value).map(([name, content]) => ({
    [keyName]: name,
    [entryName]: write(entry.shape, content),
  }));
}

const partNameOf = ({ queryName, locationName }: Member): string | undefined => queryName ?? locationName;

function write(shape: Shape, value: unknown): unknown {
  switch (shape.type) {
    case 'structure':
      return writeStructure(shape, fieldsOf(value));
    case 'list':
      return (value as readonly unknown[]).map((element) => write(shape.element.shape, element));
    case 'map':
      return Object.fromEntries(
        Object.entries(value as object).map(([key, content]) => [key, write(shape.value.shape, content)]),
      );
    case 'timestamp':
      return (value as number) / 1000;
    case 'blob':
      return asBuffer(value as Uint8Array).toString('base64');
    default:
      return value;
  }
}
