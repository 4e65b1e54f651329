// Turns whatever was thrown into an answer on the wire. AWS's errors go out as they are; anything else is our own
// fault, is logged with its stack, and is answered as AWS answers its own faults.

import type { Log } from '../kernel/log.ts';
import { AwsError, awsError } from './errors.ts';
import { loadServiceModel, type OperationModel } from './model.ts';
import { protocolFor } from './protocols/protocol-for.ts';
import { escapeText, xmlDeclaration } from './protocols/xml-encode.ts';
import type { GatewayRequest, GatewayResponse } from './request.ts';
import { routeService, signingNameOf } from './route.ts';

export interface ErrorAnswer {
  readonly error: unknown;
  readonly request: GatewayRequest;
  readonly requestId: string;
  readonly operation?: OperationModel;
  readonly log: Log;
}

export function answerError({ error, request, requestId, operation, log }: ErrorAnswer): GatewayResponse {
  const failure = error instanceof AwsError ? error : internalFailure(error, request, log);
  // The client hung up: nobody reads this, and the status only tells the log.
  if (request.isGone()) return { status: 499, headers: {}, body: '' };
  const service = operation?.service ?? guessService(request);
  if (!service) return plainAnswer(failure, request, requestId);
  const protocol = protocolFor(service, request);
  return protocol.encodeError(service, failure, requestId, operation);
}

function internalFailure(error: unknown, request: GatewayRequest, log: Log): AwsError {
  if (!request.isGone()) log.error('internal failure', { method: request.method, path: request.path, error });
  return awsError(
    'InternalFailure',
    'The request processing has failed because of an unknown error, exception or failure.',
    500,
  );
}

function guessService(request: GatewayRequest) {
  // Of services that share a signing name, the last is the one that the others were named after.
  const service = routeService(request, signingNameOf(request))?.candidates.at(-1);
  return service && loadServiceModel(service.id);
}

/** For a request that names no service: XML as the query protocol has it, or JSON for one that looks like JSON. */
function plainAnswer(error: AwsError, request: GatewayRequest, requestId: string): GatewayResponse {
  const looksLikeJson =
    request.headers['x-amz-target'] !== undefined || /json/.test(request.headers['content-type'] ?? '');
  if (looksLikeJson) {
    const body = JSON.stringify({ __type: error.code, message: error.message });
    return {
      status: error.statusCode,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId },
      body,
    };
  }
  const type = error.fault === 'client' ? 'Sender' : 'Receiver';
  const details = `<Error><Type>${type}</Type><Code>${escapeText(error.code)}</Code><Message>${escapeText(error.message)}</Message></Error>`;
  const body = `${xmlDeclaration}<ErrorResponse>${details}<RequestId>${requestId}</RequestId></ErrorResponse>`;
  return { status: error.statusCode, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body };
}
