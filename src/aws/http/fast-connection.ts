// The fast path: a connection whose requests are plain and small is read and answered without node:http, which costs
// three times as much as all the socket does (docs/decisions/0011). The first request that is anything else hands the
// connection over to node for good, bytes and all.

import type { Socket } from 'node:net';
import type { Clock, TimestampMs } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { Gateway, GatewayRequest, GatewayResponse, RequestBody } from '../request.ts';
import { discard } from './discard.ts';
import { drained, send } from './drained.ts';
import { parseRequestHead, type RequestHead } from './request-head.ts';
import { formatResponseHead } from './response-head.ts';

export interface FastPath {
  readonly gateway: Gateway;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** Calls `connection.answer()` when what else has come in is read. */
  readonly arrange: (connection: FastConnection) => void;
  /** Gives a socket, whose next bytes can be read from it again, to node:http. */
  readonly handOver: (socket: Socket) => void;
  /** Whether the server goes on taking requests. */
  readonly isOpen: () => boolean;
  /** Of the connections here. */
  readonly connections: Set<FastConnection>;
}

/** Longer bodies are streamed, by node. */
const longestBodyBytes = 256 * 1024;
/** Of requests that are sent before the one before is answered. */
const mostPipelinedBytes = 64 * 1024;
/** An answer up to this size is copied behind its head, to be sent by one call. */
const copiedBytes = 16 * 1024;

type State = 'idle' | 'receiving' | 'answering' | 'left';

export class FastConnection {
  readonly #socket: Socket;
  readonly #path: FastPath;
  #state: State = 'idle';
  /** Come in and not yet taken. */
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #head: RequestHead | undefined;
  #request: FastRequest | undefined;
  #lastUsedMs: TimestampMs;

  constructor(socket: Socket, path: FastPath) {
    this.#socket = socket;
    this.#path = path;
    this.#lastUsedMs = path.clock.now();
    path.connections.add(this);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  /** Undefined while a request is under way. */
  get idleSinceMs(): TimestampMs | undefined {
    return this.#state === 'idle' ? this.#lastUsedMs : undefined;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Takes the request that has arrived through the gateway. */
  async answer(): Promise<void> {
    const request = this.#request as FastRequest;
    try {
      const response = await this.#path.gateway(request);
      if (request.isGone()) await discard(response);
      else await this.#write(request, response);
    } catch (error) {
      // The client went away, or a stream broke; there is nobody to tell.
      this.#path.log.debug('connection broke', { error });
      this.#socket.destroy();
    }
    if (!request.isGone()) this.#next();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.byteLength;
    if (this.#state !== 'answering') this.#take();
    else if (this.#receivedBytes > mostPipelinedBytes) this.#socket.pause();
  };

  /** The other half goes as well, as with node:http: who closes its half of a connection has mostly gone. */
  readonly #onEnd = (): void => {
    if (this.#state === 'receiving')
      this.#socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else this.#socket.end();
  };

  readonly #onError = (error: Error): void => this.#path.log.debug('connection broke', { error });

  readonly #onClose = (): void => {
    this.#path.connections.delete(this);
    if (this.#state === 'answering') this.#request?.leave();
  };

  /** Starts on the next request when all of it is there. */
  #take(): void {
    if (this.#head && this.#receivedBytes < this.#head.length + this.#head.bodyBytes) return;
    const bytes = this.#received.length === 1 ? (this.#received[0] as Buffer) : Buffer.concat(this.#received);
    const head = this.#head ?? parseRequestHead(bytes);
    if (!head || head.bodyBytes > longestBodyBytes) {
      this.#handOver(bytes);
      return;
    }
    const end = head.length + head.bodyBytes;
    if (bytes.byteLength < end) {
      this.#head = head;
      this.#state = 'receiving';
      return;
    }
    this.#keep(bytes, end);
    this.#head = undefined;
    this.#state = 'answering';
    this.#request = new FastRequest(head, bytes.subarray(head.length, end), this.#socket);
    this.#path.arrange(this);
  }

  #keep(bytes: Buffer, from: number): void {
    this.#receivedBytes = bytes.byteLength - from;
    this.#received = this.#receivedBytes > 0 ? [bytes.subarray(from)] : [];
  }

  #next(): void {
    this.#request = undefined;
    this.#state = 'idle';
    this.#lastUsedMs = this.#path.clock.now();
    if (!this.#path.isOpen()) return void this.#socket.end();
    if (this.#receivedBytes === 0) return;
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#take();
  }

  #handOver(bytes: Buffer): void {
    const socket = this.#socket;
    this.#state = 'left';
    this.#path.connections.delete(this);
    socket.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError).off('close', this.#onClose);
    socket.pause();
    socket.unshift(bytes);
    this.#path.handOver(socket);
  }

  /** A promise only where something has to be waited for. */
  #write(request: FastRequest, response: GatewayResponse): Promise<void> | undefined {
    const { body, status } = response;
    const hasBody = request.method !== 'HEAD' && status !== 204 && status !== 304;
    if (typeof body !== 'string' && !(body instanceof Uint8Array)) return this.#writeStream(response, body, hasBody);
    const socket = this.#socket;
    const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
    const isTold = !hasBody && response.headers['content-length'] !== undefined;
    const head = formatResponseHead(response, this.#path.clock.now(), isTold ? undefined : hasBody ? bytes : 0);
    if (!hasBody || bytes === 0) socket.write(head, 'latin1');
    else if (typeof body === 'string' && bytes === body.length && bytes <= copiedBytes)
      socket.write(head + body, 'latin1');
    else {
      socket.cork();
      socket.write(head, 'latin1');
      socket.write(body);
      socket.uncork();
    }
    return socket.writableNeedDrain ? drained(socket) : undefined;
  }

  async #writeStream(response: GatewayResponse, body: AsyncIterable<Uint8Array>, hasBody: boolean): Promise<void> {
    const socket = this.#socket;
    const told = response.headers['content-length'];
    const isChunked = told === undefined && hasBody;
    const head = formatResponseHead(response, this.#path.clock.now(), undefined, isChunked);
    // The head of an answer whose length is told leaves with the first piece, by the same call.
    let ahead = head;
    if (isChunked || !hasBody || told === '0') {
      socket.write(head, 'latin1');
      ahead = '';
    }
    if (!hasBody) return discard(response);
    let bytes = 0;
    for await (const chunk of body) {
      if (!socket.writable) return; // which tells the body that nobody reads on
      if (chunk.byteLength === 0) continue;
      bytes += chunk.byteLength;
      const sent = isChunked
        ? send(socket, chunk, `${chunk.byteLength.toString(16)}\r\n`, '\r\n')
        : send(socket, chunk, ahead);
      ahead = '';
      if (sent) await sent;
    }
    if (isChunked) socket.write('0\r\n\r\n', 'latin1');
    // What was promised cannot be taken back, and the next answer must not be taken for the rest of this one.
    else if (bytes !== Number(told)) throw new Error(`a body of ${bytes} bytes was said to have ${told}`);
  }
}

class FastRequest implements GatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: RequestBody;
  readonly #socket: Socket;
  #abort: AbortController | undefined;

  constructor(head: RequestHead, body: Buffer, socket: Socket) {
    const { target } = head;
    const mark = target.indexOf('?');
    this.method = head.method;
    this.path = mark < 0 ? target : target.slice(0, mark);
    this.query = mark < 0 ? '' : target.slice(mark + 1);
    this.headers = head.headers;
    this.body = new BodyAtHand(body);
    this.#socket = socket;
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  isGone(): boolean {
    return !this.#socket.writable;
  }

  /** The client has hung up before it was answered. */
  leave(): void {
    this.#abort?.abort();
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.isGone()) this.#abort.abort();
    }
    return this.#abort.signal;
  }
}

/** One that came with its head. */
class BodyAtHand implements RequestBody {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  read(limitBytes: number): Uint8Array | undefined {
    return this.#bytes.byteLength > limitBytes ? undefined : this.#bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    if (this.#bytes.byteLength > 0) yield this.#bytes;
  }
}
