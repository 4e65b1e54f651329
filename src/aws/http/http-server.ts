// HTTP in front of the gateway: one listening server, two ways for its connections. All start on the fast path
// (fast-connection.ts); node:http (node-exchange.ts) takes those whose requests are not plain and small.

import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, systemClock, type Timer } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { Gateway } from '../request.ts';
import { FastConnection, type FastPath } from './fast-connection.ts';
import { answerExchange, type Exchange } from './node-exchange.ts';
import { keepAliveSeconds } from './response-head.ts';
import { byTurns } from './turns.ts';

export interface HttpServerOptions {
  readonly gateway: Gateway;
  readonly log: Log;
  readonly clock?: Clock;
}

/** An unstarted server; the caller listens. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  return new HttpServer(options);
}

/** Idle connections are looked for as often as node looks for its own. */
const sweepEveryMs = 30_000;

export class HttpServer extends Server {
  readonly #fast = new Set<FastConnection>();
  readonly #clock: Clock;
  #sweep: Timer | undefined;

  constructor({ gateway, log, clock = systemClock }: HttpServerOptions) {
    super({ keepAliveTimeout: keepAliveSeconds * 1000, requestTimeout: 0 });
    this.#clock = clock;
    this.#answerByNode(byTurns((exchange: Exchange) => void answerExchange(exchange, gateway, log)));
    this.#startFast({
      gateway,
      clock,
      log,
      arrange: byTurns((connection: FastConnection) => void connection.answer()),
      isOpen: () => this.listening,
      connections: this.#fast,
    });
  }

  /** What is under way is answered first. */
  override close(done?: (error?: Error) => void): this {
    this.#sweep?.cancel();
    this.#closeFast((connection) => connection.idleSinceMs !== undefined);
    return super.close(done);
  }

  override closeAllConnections(): void {
    this.#closeFast(() => true);
    super.closeAllConnections();
  }

  #closeFast(isMeant: (connection: FastConnection) => boolean): void {
    for (const connection of this.#fast) if (isMeant(connection)) connection.close();
  }

  #startFast(path: Omit<FastPath, 'handOver'>): void {
    // Node's own listener: it makes any socket one of its connections.
    const [takeByNode] = this.listeners('connection') as ((this: Server, socket: Socket) => void)[];
    this.removeAllListeners('connection');
    const handOver = (socket: Socket) => {
      takeByNode?.call(this, socket);
      socket.resume();
    };
    const fast: FastPath = { ...path, handOver };
    this.on('connection', (socket: Socket) => new FastConnection(socket, fast));
    this.on('listening', () => this.#sweepIdle());
  }

  #sweepIdle(): void {
    this.#sweep = this.#clock.after(sweepEveryMs, () => {
      const longAgoMs = this.#clock.now() - keepAliveSeconds * 1000;
      this.#closeFast(({ idleSinceMs }) => idleSinceMs !== undefined && idleSinceMs < longAgoMs);
      this.#sweepIdle();
    });
  }

  #answerByNode(take: (exchange: Exchange) => void): void {
    const taken = (waits: boolean) => (incoming: IncomingMessage, outgoing: ServerResponse) => {
      // Node closes those that are idle when the server closes, and would wait for the client with those that become it.
      outgoing.once('finish', () => void (this.listening || this.closeIdleConnections()));
      take({ incoming, outgoing, waits });
    };
    this.on('request', taken(false));
    // Listening to this event stops node from asking for every body: an upload that is refused by its head is never sent.
    this.on('checkContinue', taken(true));
    // AWS reads over what else may be expected.
    this.on('checkExpectation', taken(false));
    this.on('clientError', refuseBroken);
  }
}

function refuseBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status = brokenRequestStatuses[error.code ?? ''] ?? '400 Bad Request';
  const refuse = () => socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  const answering = (socket as WithMessage)._httpMessage;
  // What is broken came after a whole request, which is answered first: a body may be longer than it was said to be.
  if (socket.writable && answering?.req.complete) return void answering.once('finish', refuse);
  // Within an answer there is no place for another one.
  if (!socket.writable || answering?.headersSent) return void socket.destroy();
  refuse();
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
