// One kept-alive connection to a server that is measured: takes prepared bytes, gives back the answer. Light enough not
// to be what is measured: what is read goes through one buffer, and a body is kept only for whoever wants to see it.

import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly bodyBytes: number;
  /** Empty unless it was asked for. */
  readonly body: string;
}

export interface Connection {
  /** One at a time. Connects again when the server closed the connection behind its last answer. */
  ask(request: readonly Uint8Array[], keepsBody: boolean): Promise<Answer>;
  close(): void;
}

const bufferBytes = 256 * 1024;

export function createConnection(port: number): Connection {
  const buffer = Buffer.allocUnsafe(bufferBytes);
  let socket: Socket | undefined;
  let reader: AnswerReader | undefined;
  let fail: (error: Error) => void = () => undefined;

  function open(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      fail = reject;
      const opened = connect({
        port,
        host: '127.0.0.1',
        noDelay: true,
        onread: {
          buffer,
          callback(bytes) {
            reader?.take(buffer.subarray(0, bytes));
            return true;
          },
        },
      });
      opened.once('connect', () => resolve(opened));
      opened.on('error', (error) => fail(error));
      opened.on('close', () => {
        if (socket === opened) socket = undefined;
        // An answer without a length ends with the connection.
        if (!reader?.end()) fail(new Error('the server hung up'));
      });
    });
  }

  return {
    async ask(request, keepsBody) {
      const to = socket ?? (await open());
      socket = to;
      const answer = await new Promise<Answer>((resolve, reject) => {
        fail = reject;
        reader = new AnswerReader(keepsBody, resolve);
        to.cork();
        for (const bytes of request) to.write(bytes);
        to.uncork();
      });
      // Some servers take one request a connection.
      if (/^connection: *close/im.test(answer.head) && socket) {
        socket.destroy();
        socket = undefined;
      }
      return answer;
    },
    close() {
      fail = () => undefined;
      socket?.destroy();
      socket = undefined;
    },
  };
}

const headEnd = '\r\n\r\n';
const noBytes = Buffer.alloc(0);

/** Reads one answer, of a known length, in chunks, or up to the end of the connection. */
class AnswerReader {
  readonly #keepsBody: boolean;
  readonly #done: (answer: Answer) => void;
  readonly #kept: Buffer[] = [];
  #pending: Buffer = noBytes;
  #head: string | undefined;
  #left = 0;
  #isChunked = false;
  #bodyBytes = 0;
  #isOver = false;

  constructor(keepsBody: boolean, done: (answer: Answer) => void) {
    this.#keepsBody = keepsBody;
    this.#done = done;
  }

  take(piece: Buffer): void {
    if (this.#isOver) return;
    if (this.#head !== undefined && !this.#isChunked) {
      this.#takeBody(piece);
      return;
    }
    this.#pending = this.#pending.length === 0 ? Buffer.from(piece) : Buffer.concat([this.#pending, piece]);
    if (this.#head === undefined && !this.#takeHead()) return;
    if (this.#isChunked) {
      this.#takeChunks();
      return;
    }
    const rest = this.#pending;
    this.#pending = noBytes;
    this.#takeBody(rest);
  }

  /** The connection is closed; false when something is missing. */
  end(): boolean {
    if (this.#isOver) return true;
    if (this.#head === undefined || this.#left !== Number.POSITIVE_INFINITY) return false;
    this.#finish();
    return true;
  }

  #takeHead(): boolean {
    const end = this.#pending.indexOf(headEnd);
    if (end < 0) return false;
    const head = this.#pending.toString('latin1', 0, end);
    this.#pending = this.#pending.subarray(end + headEnd.length);
    if (/^HTTP\/1\.1 100/.test(head)) return this.#takeHead();
    this.#head = head;
    this.#isChunked = /^transfer-encoding: *chunked/im.test(head);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    const isEmpty = /^HTTP\/1\.\d (?:204|304)/.test(head);
    this.#left = isEmpty ? 0 : length === undefined ? Number.POSITIVE_INFINITY : Number(length);
    return true;
  }

  #takeBody(piece: Buffer): void {
    this.#keep(piece);
    this.#left -= piece.length;
    if (this.#left <= 0) this.#finish();
  }

  #takeChunks(): void {
    for (;;) {
      const lineEnd = this.#pending.indexOf('\r\n');
      if (lineEnd < 0) return;
      const size = Number.parseInt(this.#pending.toString('latin1', 0, lineEnd), 16);
      const end = lineEnd + 2 + size + 2;
      if (this.#pending.length < end) return;
      this.#keep(this.#pending.subarray(lineEnd + 2, end - 2));
      this.#pending = this.#pending.subarray(end);
      if (size === 0) {
        this.#finish();
        return;
      }
    }
  }

  #keep(piece: Buffer): void {
    this.#bodyBytes += piece.length;
    if (this.#keepsBody) this.#kept.push(Buffer.from(piece));
  }

  #finish(): void {
    this.#isOver = true;
    const head = this.#head ?? '';
    const body = Buffer.concat(this.#kept).toString();
    this.#done({ status: Number(head.slice(9, 12)), head, bodyBytes: this.#bodyBytes, body });
  }
}
