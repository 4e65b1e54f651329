// For tests: a request handler for the real AWS SDK that never leaves the process. What the SDK serialized is decoded
// here, handed to a function, and the function's output or error is encoded for the SDK to read.

import { Readable } from 'node:stream';
import { HttpResponse } from '@smithy/protocol-http';
import { AwsError } from '../errors.ts';
import { loadServiceModel, type OperationModel, type ServiceId } from '../model.ts';
import { formField } from './form.ts';
import { asBuffer, type WireRequest, type WireResponse } from './protocol.ts';
import { protocolFor } from './protocol-for.ts';
import { matchRestRoute } from './rest-routes.ts';

/** Gets what was decoded; returns an output, or throws. */
export type Respond = (operation: OperationModel, input: Record<string, unknown>, wire: WireRequest) => unknown;

export interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Record<string, string | string[] | null | undefined>;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

export interface Loopback {
  readonly requestHandler: { handle(request: unknown): Promise<{ response: HttpResponse }> };
  /** The last exchange, as it was on the wire. */
  readonly last: { request?: WireRequest; response?: WireResponse };
}

export function createLoopback(serviceId: ServiceId, respond: Respond): Loopback {
  const last: Loopback['last'] = {};
  return {
    last,
    requestHandler: {
      async handle(request: unknown) {
        const wire = await toWireRequest(request as SdkRequest);
        const response = answer(serviceId, wire, respond);
        Object.assign(last, { request: wire, response });
        return { response: toHttpResponse(response) };
      },
    },
  };
}

export function answer(serviceId: ServiceId, wire: WireRequest, respond: Respond): WireResponse {
  const service = loadServiceModel(serviceId);
  const protocol = protocolFor(service, wire);
  const { operation, labels } = routed(serviceId, wire);
  try {
    const streaming = operation.input.payload?.streaming
      ? { ...wire, body: new Uint8Array(0), stream: chunks(wire.body) }
      : wire;
    const input = protocol.decode(operation, streaming, labels) as Record<string, unknown>;
    return protocol.encode(operation, respond(operation, input, wire), 'request-1');
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return protocol.encodeError(service, error, 'request-1', operation);
  }
}

function routed(
  serviceId: ServiceId,
  wire: WireRequest,
): { operation: OperationModel; labels: Readonly<Record<string, string>> } {
  const service = loadServiceModel(serviceId);
  const rest = service.protocols.some((name) => name.startsWith('rest-')) ? matchRestRoute(service, wire) : undefined;
  if (rest) return { operation: rest.operation, labels: rest.labels };
  const target = wire.headers['x-amz-target'];
  const cbor = /^\/service\/[^/]+\/operation\/([^/]+)$/.exec(wire.path);
  const name = target?.split('.').pop() ?? cbor?.[1] ?? formField(asBuffer(wire.body).toString(), 'Action') ?? '';
  const operation = service.operation(name);
  if (!operation) throw new Error(`no operation for ${wire.method} ${wire.path}?${wire.query} ${name}`);
  return { operation, labels: {} };
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 7) yield bytes.subarray(at, at + 7);
}

export async function toWireRequest(request: SdkRequest): Promise<WireRequest> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = value;
  return {
    method: request.method,
    path: request.path,
    query: formatQuery(request.query ?? {}),
    headers,
    body: await collect(request.body),
  };
}

function formatQuery(query: NonNullable<SdkRequest['query']>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    const values = Array.isArray(value) ? value : [value];
    return values.map(
      (one) => encodeURIComponent(name) + (one === null || one === undefined ? '' : `=${encodeURIComponent(one)}`),
    );
  });
  return pairs.join('&');
}

export async function collect(body: unknown): Promise<Uint8Array> {
  if (body === undefined || body === null) return new Uint8Array(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  for await (const part of body as AsyncIterable<Uint8Array>) parts.push(part);
  return Buffer.concat(parts);
}

export function toHttpResponse({ status, headers, body }: WireResponse): HttpResponse {
  const source = typeof body === 'string' ? [Buffer.from(body)] : body instanceof Uint8Array ? [body] : body;
  return new HttpResponse({ statusCode: status, headers, body: Readable.from(source) });
}
