// A request that node:http has read: bodies that stream, in chunks or not, `Expect: 100-continue`, and answers written as
// they come.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../../kernel/log.ts';
import type { Gateway, GatewayRequest, GatewayResponse, RequestBody } from '../request.ts';
import { discard } from './discard.ts';
import { send } from './drained.ts';

/** A request and its answer, as node:http has them. */
export interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** Whether the client waits to be told that its body is wanted (`Expect: 100-continue`). */
  readonly waits: boolean;
}

export async function answerExchange(
  { incoming, outgoing, waits }: Exchange,
  gateway: Gateway,
  log: Log,
): Promise<void> {
  try {
    const request = new NodeRequest(incoming, outgoing, waits);
    const response = await gateway(request);
    // What nobody read would be taken for the next request.
    if (!incoming.complete && !incoming.readableEnded) request.body.forget(outgoing);
    await (outgoing.destroyed ? discard(response) : write(incoming, outgoing, response));
  } catch (error) {
    // The client went away, or its stream broke; there is nobody to tell.
    log.debug('connection broke', { error });
    outgoing.destroy();
  }
}

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

/** A promise only for a body that streams: it resolves when the last of it was handed over. */
function write(
  { method }: IncomingMessage,
  outgoing: ServerResponse,
  response: GatewayResponse,
): Promise<void> | undefined {
  const { status, headers, body } = response;
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304;
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
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
  if (hasBody) return writeStream(outgoing, body);
  outgoing.end();
  return discard(response);
}

async function writeStream(outgoing: ServerResponse, body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of body) {
    if (outgoing.destroyed) return; // which tells the body that nobody reads on
    const sent = send(outgoing, piece);
    if (sent) await sent;
  }
  outgoing.end();
}
