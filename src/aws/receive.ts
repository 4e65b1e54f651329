// Takes a request in: finds its operation, reading the body when the head does not tell (query protocols) and leaving it
// as a stream when the operation wants one.

import { awsError } from './errors.ts';
import type { OperationModel } from './model.ts';
import { formField } from './protocols/form.ts';
import type { WireRequest } from './protocols/protocol.ts';
import type { GatewayRequest } from './request.ts';
import {
  type CredentialScope,
  type OperationRoute,
  routeByAction,
  routeNamedOperation,
  routeQueryOperation,
  routeRestOperation,
  routeService,
  type ServiceRoute,
  unknownService,
} from './route.ts';

export interface Received {
  readonly route: OperationRoute;
  readonly wire: WireRequest;
  readonly scope: CredentialScope | undefined;
}

/** AWS's own limits differ by service; none of them takes more than this outside a streamed body. */
const largestBodyBytes = 20 * 1024 * 1024;

export async function receive(request: GatewayRequest, scope: CredentialScope | undefined): Promise<Received> {
  const { method, path, query, headers } = request;
  const service = routeService(request, scope);
  if (!service && scope) throw unknownService(scope);

  if (service?.operationName !== undefined) {
    const route = routeNamedOperation(service);
    return { route, scope, wire: { method, path, query, headers, body: await readBody(request) } };
  }
  if (!service || speaksQuery(service)) {
    const body = await readBody(request);
    const form = formOf(request, body);
    const action = formField(form, 'Action');
    const version = formField(form, 'Version') || undefined;
    if (action) {
      const named = service ?? routeByAction(action, version);
      if (!named) throw unknownService(scope);
      return {
        route: routeQueryOperation(named, action, version),
        scope,
        wire: { method, path, query, headers, body },
      };
    }
    if (!service) throw unknownService(scope);
    if (!speaksRest(service)) throw awsError('MissingAction', 'The request must contain the parameter Action');
    return { route: routeRestOperation(service, request), scope, wire: { method, path, query, headers, body } };
  }
  if (!speaksRest(service)) throw awsError('UnknownOperationException', '');
  const route = routeRestOperation(service, request);
  if (streamsInput(route.operation)) {
    return { route, scope, wire: { method, path, query, headers, body: noBytes, stream: request.body } };
  }
  return { route, scope, wire: { method, path, query, headers, body: await readBody(request) } };
}

const noBytes = new Uint8Array(0);

const speaksQuery = (route: ServiceRoute): boolean =>
  route.candidates.some(({ protocols }) => protocols.includes('query') || protocols.includes('ec2'));

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

async function readBody(request: GatewayRequest): Promise<Uint8Array> {
  const body = await request.body.read(largestBodyBytes);
  if (!body) throw awsError('RequestEntityTooLarge', `Request body exceeds ${largestBodyBytes} bytes`, 413);
  return body;
}
