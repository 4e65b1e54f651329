// node:http in front of the gateway: sockets, keep-alive, `Expect: 100-continue`, and answers written as they come.

import { createServer, type IncomingMessage, type Server as NodeServer, type ServerResponse } from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterThisTurn } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Gateway, GatewayRequest, GatewayResponse, RequestBody } from './request.ts';

export interface HttpServerOptions {
  readonly gateway: Gateway;
  readonly log: Log;
}

/** An unstarted server; the caller listens. */
export function createHttpServer(options: HttpServerOptions): NodeServer {
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse, waits: boolean) => {
    try {
      const request = new NodeRequest(incoming, outgoing, waits);
      const response = await options.gateway(request);
      // What nobody read would be taken for the next request.
      if (!incoming.complete && !incoming.readableEnded) request.body.forget(outgoing);
      await (outgoing.destroyed ? discard(response) : write(incoming, outgoing, response));
    } catch (error) {
      // The client went away, or its stream broke; there is nobody to tell.
      options.log.debug('connection broke', { error });
      outgoing.destroy();
    }
  };
  const answerWithOthers = byTurns(answer);
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 }, (incoming, outgoing) => {
    answerWithOthers(incoming, outgoing, false);
  });
  // Listening to this event stops node from asking for every body: an upload that is refused by its head is never sent.
  server.on('checkContinue', (incoming, outgoing) => answerWithOthers(incoming, outgoing, true));
  // AWS reads over what else may be expected.
  server.on('checkExpectation', (incoming, outgoing) => answerWithOthers(incoming, outgoing, false));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const status = brokenRequestStatuses[error.code ?? ''] ?? '400 Bad Request';
    const refuse = () => socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    const answering = (socket as WithMessage)._httpMessage;
    // What is broken came after a whole request, which is answered first: a body may be longer than it was said to be.
    if (socket.writable && answering?.req.complete) return void answering.once('finish', refuse);
    // Within an answer there is no place for another one.
    if (!socket.writable || answering?.headersSent) return void socket.destroy();
    refuse();
  });
  return server;
}

type Answer = (incoming: IncomingMessage, outgoing: ServerResponse, waits: boolean) => Promise<void>;

/**
 * Requests that have come in are answered when all of them have been read from their sockets. They then go through our
 * code side by side, step by step, and no system call comes between: at 32 connections each costs half the processor time.
 */
function byTurns(answer: Answer): (...request: Parameters<Answer>) => void {
  let arrived: Parameters<Answer>[] = [];
  const answerAll = () => {
    const together = arrived;
    arrived = [];
    for (const request of together) void answer(...request);
  };
  return (...request) => {
    arrived.push(request);
    if (arrived.length === 1) afterThisTurn(answerAll);
  };
}

/** What node's own answer to broken requests looks at, too. */
interface WithMessage extends Duplex {
  readonly _httpMessage?: ServerResponse | null;
}

/** By the codes of node's parser. */
const brokenRequestStatuses: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

/** A class for the sake of its getter: a literal with one costs several microseconds for every request. */
class NodeRequest implements GatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: NodeBody;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  #abort: AbortController | undefined;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse, waits: boolean) {
    const url = incoming.url ?? '/';
    const mark = url.indexOf('?');
    const target = mark < 0 ? url : url.slice(0, mark);
    this.method = incoming.method ?? 'GET';
    // A proxy's absolute form (`GET http://host/path`) carries a path all the same.
    this.path = target.startsWith('/') ? target : (/^[a-z]+:\/\/[^/]*(\/.*)?$/i.exec(target)?.[1] ?? '/');
    this.query = mark < 0 ? '' : url.slice(mark + 1);
    this.headers = joinHeaders(incoming);
    this.body = new NodeBody(incoming, this.headers, waits ? outgoing : undefined);
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  get remoteAddress(): string | undefined {
    return this.#incoming.socket.remoteAddress;
  }

  isGone(): boolean {
    return this.#outgoing.destroyed && !this.#outgoing.writableFinished;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = new AbortController();
      this.#abort = abort;
      if (this.isGone()) abort.abort();
      else this.#outgoing.once('close', () => this.isGone() && abort.abort());
    }
    return this.#abort.signal;
  }
}

class NodeBody implements RequestBody {
  readonly #incoming: IncomingMessage;
  readonly #headers: Readonly<Record<string, string>>;
  /** Where the client is to be told that its body is wanted, as long as it waits for that. */
  #waiting: ServerResponse | undefined;

  constructor(
    incoming: IncomingMessage,
    headers: Readonly<Record<string, string>>,
    waiting: ServerResponse | undefined,
  ) {
    this.#incoming = incoming;
    this.#headers = headers;
    this.#waiting = waiting;
  }

  read(limitBytes: number): Promise<Uint8Array | undefined> {
    if (Number(this.#headers['content-length'] ?? 0) > limitBytes) return Promise.resolve(undefined);
    this.#ask();
    return readBody(this.#incoming, limitBytes);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    this.#ask();
    return this.#incoming[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  }

  /** Reads on without keeping anything: who is still sending would not see the answer if the connection were closed. */
  forget(outgoing: ServerResponse): void {
    if (this.#waiting) return void outgoing.setHeader('connection', 'close'); // what it holds back, it may never send
    const incoming = this.#incoming;
    let bytes = 0;
    incoming.removeAllListeners('readable'); // of an iterator that was given up: as long as it listens, nothing flows
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > mostForgottenBytes) incoming.destroy();
    });
    incoming.on('error', () => undefined); // it hung up
    incoming.resume();
  }

  #ask(): void {
    this.#waiting?.writeContinue();
    this.#waiting = undefined;
  }
}

/** More than any client sends that then looks for the answer. */
const mostForgottenBytes = 64 * 1024 * 1024;

/** At once when it is there; else by events: iterating a stream costs more than all the rest of a small request. */
function readBody(incoming: IncomingMessage, limitBytes: number): Promise<Uint8Array | undefined> {
  if (incoming.complete && incoming.readableLength <= limitBytes) {
    return Promise.resolve((incoming.read() as Buffer | null) ?? noBytes);
  }
  return new Promise((resolve, reject) => {
    if (incoming.destroyed) return reject(new Error('the client hung up'));
    let first: Buffer | undefined;
    let more: Buffer[] | undefined;
    let bytes = 0;
    const keep = (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > limitBytes) {
        incoming.off('data', keep).pause();
        return resolve(undefined);
      }
      if (!first) first = chunk;
      else {
        more ??= [first];
        more.push(chunk);
      }
    };
    incoming.on('data', keep);
    incoming.on('end', () => resolve(more ? Buffer.concat(more) : (first ?? noBytes)));
    incoming.on('error', reject); // also when the client hangs up halfway
  });
}

const noBytes = new Uint8Array(0);

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

/** Tells a body that streams that nobody will read it. */
async function discard({ body }: GatewayResponse): Promise<void> {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) await body[Symbol.asyncIterator]().return?.();
}

/** A promise only for a body that streams: it resolves when the last of it was handed over. */
function write(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, headers, body }: GatewayResponse,
): Promise<void> | undefined {
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
    return undefined;
  }
  outgoing.writeHead(status, headers);
  return pipeline(Readable.from(body), outgoing);
}
