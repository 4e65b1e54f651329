// Takes a request in: finds its operation, reading the body when the head does not tell (query protocols) and leaving it
// as a stream when the operation wants one.

import { awsError } from './errors.ts';
import type { OperationModel } from './model.ts';
import { formField } from './protocols/form.ts';
import type { WireRequest } from './protocols/protocol.ts';
import type { GatewayRequest, WholeBody } from './request.ts';
import {
  type OperationRoute,
  routeByAction,
  routeNamedOperation,
  routeQueryOperation,
  routeRestOperation,
  routeService,
  routeTarget,
  type ServiceRoute,
  speaksQuery,
  unknownService,
} from './route.ts';
import { IncomingBody } from './streamed-body.ts';

export interface Received {
  readonly route: OperationRoute;
  readonly wire: WireRequest;
}

/** AWS's own limits differ by service; none of them takes more than this outside a streamed body. */
const largestBodyBytes = 20 * 1024 * 1024;

/** A promise only for a body that is still to come. */
export function receive(request: GatewayRequest, signingName: string | undefined): Received | Promise<Received> {
  const target = request.headers['x-amz-target'];
  const named = target === undefined ? undefined : routeTarget(target);
  if (named) return withBody(request, named);
  const service = routeService(request, signingName);
  if (!service && signingName !== undefined) throw unknownService(signingName);

  if (service?.operationName !== undefined) return withBody(request, routeNamedOperation(service));
  if (!service || service.candidates.some(speaksQuery)) {
    const body = request.body.read(largestBodyBytes);
    return body instanceof Promise
      ? body.then((whole) => receiveQuery(request, signingName, service, accepted(whole)))
      : receiveQuery(request, signingName, service, accepted(body));
  }
  if (!speaksRest(service)) throw awsError('UnknownOperationException', '');
  const route = routeRestOperation(service, request);
  return streamsInput(route.operation)
    ? received(request, route, noBytes, new IncomingBody(request.body, request.headers))
    : withBody(request, route);
}

function receiveQuery(
  request: GatewayRequest,
  signingName: string | undefined,
  service: ServiceRoute | undefined,
  body: Uint8Array,
): Received {
  const form = formOf(request, body);
  const action = formField(form, 'Action');
  const version = formField(form, 'Version') || undefined;
  if (action) {
    const named = service ?? routeByAction(action, version);
    if (!named) throw unknownService(signingName);
    return received(request, routeQueryOperation(named, action, version), body);
  }
  if (!service) throw unknownService(signingName);
  if (!speaksRest(service)) throw noAction(request);
  return received(request, routeRestOperation(service, request), body);
}

function withBody(request: GatewayRequest, route: OperationRoute): Received | Promise<Received> {
  const body = request.body.read(largestBodyBytes);
  return body instanceof Promise
    ? body.then((whole) => received(request, route, accepted(whole)))
    : received(request, route, accepted(body));
}

function received(
  { method, path, query, headers }: GatewayRequest,
  route: OperationRoute,
  body: Uint8Array,
  stream?: AsyncIterable<Uint8Array>,
): Received {
  return { route, wire: { method, path, query, headers, body, stream } };
}

function noAction({ method }: GatewayRequest) {
  return method === 'GET'
    ? awsError('UnknownOperationException', '', 404)
    : awsError('MissingAction', 'The request must contain the parameter Action');
}

const noBytes = new Uint8Array(0);

const speaksRest = (route: ServiceRoute): boolean =>
  route.candidates.some(({ protocols }) => protocols.some((protocol) => protocol.startsWith('rest-')));

function streamsInput(operation: OperationModel): boolean {
  const { payload } = operation.input;
  return payload?.shape.type === 'blob' && payload.streaming;
}

/** A query request is a form in the body, or in the URL (GET, or a POST that signs its query). */
function formOf(request: GatewayRequest, body: Uint8Array): string {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  return text.includes('Action=') ? text : request.query;
}

function accepted(body: WholeBody): Uint8Array {
  if (!body) throw awsError('RequestEntityTooLarge', `Request body exceeds ${largestBodyBytes} bytes`, 413);
  return body;
}
