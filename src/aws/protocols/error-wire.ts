// What an error looks like before it takes a protocol's form: which modelled exception it is, its status, its members.

import type { AwsError } from '../errors.ts';
import type { Member, ServiceModel, StructureShape } from '../model.ts';
import type { WireResponse } from './protocol.ts';

export interface WireError {
  /** The exception's name on JSON and CBOR. */
  readonly shapeName: string;
  /** The code on XML. */
  readonly code: string;
  readonly statusCode: number;
  readonly shape: StructureShape | undefined;
  readonly messageMember: Member | undefined;
  /** Members of a modelled exception, its message included. */
  readonly members: Readonly<Record<string, unknown>>;
}

export function wireErrorOf(service: ServiceModel, error: AwsError): WireError {
  const shape = service.exception(error.code);
  const messageMember = shape?.members.find(({ name }) => name.toLowerCase() === 'message');
  const members: Record<string, unknown> = { ...defaultMembers(shape, error), ...error.fields };
  if (messageMember && error.message !== '') members[messageMember.name] = error.message;
  return {
    shapeName: shape?.name ?? error.code,
    code: shape?.error?.code ?? error.code,
    // 400 is what an error has that says nothing of its status; the model may know better.
    statusCode: error.statusCode === 400 ? (shape?.error?.statusCode ?? 400) : error.statusCode,
    shape,
    messageMember,
    members,
  };
}

/** Lambda's exceptions say whose fault they are. */
function defaultMembers(shape: StructureShape | undefined, error: AwsError): Readonly<Record<string, unknown>> {
  return shape?.member('Type')?.shape.type === 'string' ? { Type: error.fault === 'client' ? 'User' : 'Service' } : {};
}

/** SDKs of query-compatible services look here for the code that the service had on the query protocol. */
export function queryErrorHeader(service: ServiceModel, error: AwsError, code: string): Record<string, string> {
  return service.queryCompatible
    ? { 'x-amzn-query-error': `${code};${error.fault === 'client' ? 'Sender' : 'Receiver'}` }
    : {};
}

/** What a service says on the query protocol since it also speaks another. */
const queryWords: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sqs: { QueueDoesNotExist: 'The specified queue does not exist for this wsdl version.' },
};

export function queryWordsOf(service: ServiceModel, error: AwsError): string {
  return queryWords[service.id]?.[error.code] ?? error.message;
}

/** The answer to HEAD has no body, not even one that tells what went wrong. */
export function withoutBody(response: WireResponse, method: string | undefined): WireResponse {
  return method === 'HEAD' ? { ...response, body: '' } : response;
}
