// node:http in front of the gateway: sockets, keep-alive, `Expect: 100-continue`, and answers written as they come.

import { createServer, type IncomingMessage, type Server as NodeServer, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Log } from '../kernel/log.ts';
import type { Gateway, GatewayRequest, GatewayResponse } from './request.ts';

export interface HttpServerOptions {
  readonly gateway: Gateway;
  readonly log: Log;
}

/** An unstarted server; the caller listens. */
export function createHttpServer(options: HttpServerOptions): NodeServer {
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    respond(options.gateway, incoming, outgoing).catch((error: unknown) => {
      // The client went away, or its stream broke; there is nobody to tell.
      options.log.debug('connection broke', { error });
      outgoing.destroy();
    });
  };
  // Listening to this event stops node from asking for every body: a refused upload is then never sent.
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 }, answer);
  server.on('checkContinue', (incoming, outgoing) => {
    outgoing.writeContinue();
    answer(incoming, outgoing);
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  return server;
}

async function respond(gateway: Gateway, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const response = await gateway(toGatewayRequest(incoming, outgoing));
  if (outgoing.destroyed) return;
  await write(incoming, outgoing, response);
}

function toGatewayRequest(incoming: IncomingMessage, outgoing: ServerResponse): GatewayRequest {
  const url = incoming.url ?? '/';
  const mark = url.indexOf('?');
  const target = mark < 0 ? url : url.slice(0, mark);
  const isGone = () => outgoing.destroyed && !outgoing.writableFinished;
  let abort: AbortController | undefined;
  return {
    method: incoming.method ?? 'GET',
    // A proxy's absolute form (`GET http://host/path`) carries a path all the same.
    path: target.startsWith('/') ? target : (/^[a-z]+:\/\/[^/]*(\/.*)?$/i.exec(target)?.[1] ?? '/'),
    query: mark < 0 ? '' : url.slice(mark + 1),
    headers: joinHeaders(incoming),
    body: {
      read: (limitBytes) => readBody(incoming, limitBytes),
      [Symbol.asyncIterator]: () => incoming[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>,
    },
    isGone,
    get signal() {
      if (!abort) {
        const controller = new AbortController();
        abort = controller;
        if (isGone()) controller.abort();
        else outgoing.once('close', () => isGone() && controller.abort());
      }
      return abort.signal;
    },
  };
}

/** By events: iterating a stream costs more than all the rest of a small request. */
function readBody(incoming: IncomingMessage, limitBytes: number): Promise<Uint8Array | undefined> {
  if (Number(incoming.headers['content-length'] ?? 0) > limitBytes) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (body: Buffer | undefined) => {
      incoming.off('data', onChunk);
      resolve(body);
    };
    const onChunk = (chunk: Buffer) => {
      bytes += chunk.byteLength;
      chunks.push(chunk);
      if (bytes <= limitBytes) return;
      incoming.pause();
      settle(undefined);
    };
    incoming.on('data', onChunk);
    incoming.once('end', () => settle(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    incoming.once('error', reject);
    incoming.once('close', () => reject(new Error('the client hung up')));
  });
}

function joinHeaders(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  const raw = incoming.rawHeaders;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    const known = headers[name];
    headers[name] = known === undefined ? (raw[i + 1] as string) : `${known},${raw[i + 1]}`;
  }
  return headers;
}

async function write(incoming: IncomingMessage, outgoing: ServerResponse, response: GatewayResponse): Promise<void> {
  const { status, headers, body } = response;
  // A body that nobody read would be taken for the next request; closing is cheaper than reading what was refused.
  if (!incoming.complete && !incoming.readableEnded) outgoing.setHeader('connection', 'close');
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
    const hasBody = incoming.method !== 'HEAD' && status !== 204 && status !== 304;
    outgoing.writeHead(
      status,
      hasBody || headers['content-length'] === undefined
        ? { ...headers, 'content-length': hasBody ? bytes : 0 }
        : headers,
    );
    outgoing.end(hasBody ? body : undefined);
    return;
  }
  outgoing.writeHead(status, headers);
  await pipeline(Readable.from(body), outgoing);
}
