// HTTP as bytes on a socket, for requests that no HTTP library would send.

import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Exchange {
  /** How many answers to wait for; the connection is cut then. Until it is closed, when there are fewer. */
  readonly answers?: number;
  /** The methods of the requests, where some have answers without bodies. */
  readonly methods?: readonly string[];
  /** What the client does when all is sent. */
  readonly ending?: 'waits' | 'closes its half' | 'hangs up';
}

/** Sends the pieces one by one, each when the one before has left. Resolves when the connection is closed. */
export async function exchange(
  port: number,
  pieces: readonly (string | Uint8Array)[],
  { answers = 1, methods = [], ending = 'waits' }: Exchange = {},
): Promise<readonly RawAnswer[]> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.setNoDelay(true);
  let received = Buffer.alloc(0);
  let found: readonly RawAnswer[] = [];
  const closed = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      found = parseAnswers(received, methods);
      if (found.length >= answers) socket.destroy();
    });
    // Reset by the server, perhaps while we were still sending: what came before counts.
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve());
  });
  for (const piece of pieces) {
    if (!(await sent(socket, typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece))) break;
  }
  if (ending === 'closes its half') socket.end();
  if (ending === 'hangs up') socket.destroy();
  await closed;
  return found;
}

/** False when the connection was closed meanwhile. */
function sent(socket: Socket, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve(false);
    // Also called, with an error, for what a closed connection keeps from leaving.
    socket.write(bytes, (error) => resolve(!error));
  });
}

/** The answers that are there in full. */
export function parseAnswers(bytes: Buffer, methods: readonly string[]): readonly RawAnswer[] {
  const answers: RawAnswer[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end < 0) return answers;
    const [first = '', ...lines] = bytes.toString('latin1', at, end).split('\r\n');
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1];
    if (status === undefined) throw new Error(`not an answer of HTTP: ${JSON.stringify(first.slice(0, 200))}`);
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    at = end + 4;
    if (status.startsWith('1')) continue;
    const isChunked = methods[answers.length] !== 'HEAD' && headers['transfer-encoding'] === 'chunked';
    const length = methods[answers.length] === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0);
    const body = isChunked ? chunkedBody(bytes, at) : { bytes: bytes.subarray(at, at + length), end: at + length };
    if (!body || body.end > bytes.length) return answers;
    answers.push({ status: Number(status), headers, body: body.bytes });
    at = body.end;
  }
}

/** Undefined while the last chunk is not there. */
function chunkedBody(bytes: Buffer, from: number): { readonly bytes: Buffer; readonly end: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (end > bytes.length) return undefined;
    if (size === 0) return { bytes: Buffer.concat(parts), end };
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = end;
  }
}
