import { Agent, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../kernel/log.ts';
import type { Gateway, GatewayResponse } from '../request.ts';
import { createHttpServer, type HttpServer } from './http-server.ts';

let server: HttpServer | undefined;

async function serve(gateway: Gateway): Promise<number> {
  server = createHttpServer({ gateway, log: silentLog });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

/** Says back what it was asked, and by which way it came. */
const echo: Gateway = async (request) => {
  const body = (await request.body.read(10_000_000)) ?? new Uint8Array();
  return {
    status: 200,
    headers: { 'x-way': request.constructor.name, 'x-asked': `${request.method} ${request.path}?${request.query}` },
    body,
  };
};

/** Everything that the server says until it has been quiet about what is expected, or has closed. */
function talk(
  port: number,
  pieces: readonly (string | Buffer)[],
  isEnough: (said: string) => boolean,
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let said = '';
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      said += chunk.toString('latin1');
      if (isEnough(said)) socket.destroy();
    });
    socket.on('close', () => resolve(said));
    socket.on('error', () => undefined);
    void (async () => {
      for (const piece of pieces) await new Promise((sent) => socket.write(piece, sent));
    })();
  });
}

const post = (body: string, more = '', target = '/') =>
  `POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;
const count = (said: string, what: string): number => said.split(what).length - 1;

describe('the fast path', () => {
  test('answers a plain request, whole or in pieces', async () => {
    const port = await serve(echo);
    const said = await talk(port, [post('one', '', '/a?b'), post('two').slice(0, -2), 'wo'], (all) =>
      all.endsWith('two'),
    );
    expect(said).toMatch(
      /^HTTP\/1\.1 200 OK\r\nx-way: FastRequest\r\nx-asked: POST \/a\?b\r\ncontent-length: 3\r\nDate: .* GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=65\r\n\r\noneHTTP/,
    );
    expect(count(said, 'FastRequest')).toBe(2);
  });

  test('answers what is pipelined in its order', async () => {
    const port = await serve(echo);
    const bodies = Array.from({ length: 50 }, (_, n) => `<${n}>`);
    const said = await talk(port, [bodies.map((body) => post(body)).join('')], (all) => all.endsWith('<49>'));
    expect(said.match(/<\d+>/g)).toEqual(bodies);
  });

  test('hands a connection over to node with the request that is not plain, and all after it', async () => {
    const port = await serve(echo);
    const chunked = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n';
    const said = await talk(port, [post('one') + chunked + post('three')], (all) => all.endsWith('three'));
    expect(said.match(/Request(?=\r)/g)).toHaveLength(3);
    expect(said.match(/\w+Request(?=\r)/g)).toEqual(['FastRequest', 'NodeRequest', 'NodeRequest']);
    expect(said.match(/\r\n\r\n(one|two|three)/g)).toHaveLength(3);
  });

  test('leaves long bodies to node, which streams them', async () => {
    const port = await serve(echo);
    const body = 'x'.repeat(300_000);
    const said = await talk(port, [post(body)], (all) => all.endsWith(body));
    expect(said).toContain('x-way: NodeRequest');
  });

  test('sends bytes, texts beyond ASCII, and nothing after HEAD', async () => {
    const bodies: Record<string, GatewayResponse['body']> = {
      '/bytes': Buffer.from([0, 255]),
      '/text': 'é€',
      '/none': '',
    };
    const port = await serve(({ path }) => Promise.resolve({ status: 200, headers: {}, body: bodies[path] ?? '' }));
    const get = (path: string, method = 'GET') => `${method} ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const said = await talk(port, [get('/text', 'HEAD') + get('/none') + get('/bytes') + get('/text')], (all) =>
      Buffer.from(all, 'latin1').toString().endsWith('é€'),
    );
    const answers = said
      .split('HTTP/1.1 200 OK')
      .slice(1)
      .map((answer) => answer.split('\r\n\r\n')[1]);
    expect(answers).toEqual(['', '', '\x00\xff', Buffer.from('é€').toString('latin1')]);
    expect(said.match(/content-length: \d/g)?.map((line) => line.at(-1))).toEqual(['0', '0', '2', '5']);
  });

  test('lets no value break out of its header', async () => {
    const port = await serve(() => Promise.resolve({ status: 200, headers: { a: 'b\r\nc: d' }, body: '' }));
    expect(await talk(port, [post('')], () => false)).toBe('');
  });

  async function* stream(pieces: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      await Promise.resolve();
      if (piece instanceof Error) throw piece;
      yield Buffer.from(piece);
    }
  }

  test('streams an answer of known length, and one of unknown length in chunks', async () => {
    const port = await serve(({ path }) =>
      Promise.resolve({
        status: 200,
        headers: path === '/known' ? { 'content-length': '5' } : {},
        body: stream(['ab', '', 'cde']),
      }),
    );
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const said = await talk(port, [get('/known') + get('/unknown')], (all) => all.endsWith('0\r\n\r\n'));
    expect(said).toContain('\r\n\r\nabcdeHTTP/1.1');
    expect(said).toMatch(/transfer-encoding: chunked\r\n[\s\S]*\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n$/);
  });

  test.each([
    ['breaks', ['ab', new Error('no more')]],
    ['ends early', ['ab']],
  ])('closes the connection when a stream %s', async (_, pieces) => {
    const port = await serve(() =>
      Promise.resolve({ status: 200, headers: { 'content-length': '5' }, body: stream(pieces) }),
    );
    expect(await talk(port, [post('')], () => false)).toMatch(/\r\n\r\nab$/);
  });

  test('waits for a client that reads slowly', async () => {
    let sentBytes = 0;
    const most = 64 * 1024 * 1024;
    const port = await serve(() =>
      Promise.resolve({
        status: 200,
        headers: { 'content-length': String(most) },
        body: (async function* () {
          for (; sentBytes < most; sentBytes += 65_536) yield Buffer.alloc(65_536);
        })(),
      }),
    );
    const socket = connect(port, '127.0.0.1', () => socket.write(post('')));
    socket.pause();
    const pauseMs = 300;
    let before = -1;
    const hasStopped = () => {
      const same = sentBytes > 0 && sentBytes === before;
      before = sentBytes;
      return same;
    };
    await expect.poll(hasStopped, { interval: pauseMs }).toBe(true);
    expect(sentBytes).toBeLessThan(most);
    let received = 0;
    socket.on('data', (chunk) => {
      received += chunk.byteLength;
    });
    socket.resume();
    await expect.poll(() => received).toBeGreaterThan(most);
    socket.destroy();
  });

  test.each([
    ['the fast path', ''],
    ['node', 'Transfer-Encoding: chunked\r\n'],
  ])('lets go of a piece when it has left, by %s', async (_, more) => {
    // So short that a stream takes several of them before it asks to be waited for.
    const pieces = 3000;
    const pieceBytes = 10_000;
    const expected = Buffer.concat(Array.from({ length: pieces }, (_, n) => Buffer.alloc(pieceBytes, n % 200)));
    let isStuck = true;
    const port = await serve(() =>
      Promise.resolve({
        status: 200,
        headers: { 'content-length': String(expected.byteLength) },
        body: (async function* () {
          const memory = Buffer.alloc(pieceBytes);
          for (let n = 0; n < pieces; n++) {
            yield memory.fill(n % 200);
            memory.fill(0xff);
            isStuck = false;
          }
        })(),
      }),
    );
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${more}\r\n${more && '0\r\n\r\n'}`),
    );
    socket.pause();
    const hasStopped = () => {
      const was = isStuck;
      isStuck = true;
      return was;
    };
    await expect.poll(() => !isStuck).toBe(true);
    await expect.poll(hasStopped, { interval: 300 }).toBe(true);
    const answer: Buffer[] = [];
    let received = 0;
    socket.on('data', (chunk) => {
      answer.push(chunk);
      received += chunk.byteLength;
    });
    socket.resume();
    await expect.poll(() => received).toBeGreaterThan(expected.byteLength);
    socket.destroy();
    const all = Buffer.concat(answer);
    expect(all.subarray(all.indexOf('\r\n\r\n') + 4).equals(expected)).toBe(true);
  });

  test('tells an operation that waits when its client hangs up', async () => {
    let isAborted = false;
    let isWaiting = false;
    const port = await serve(
      ({ signal }) =>
        new Promise((resolve) => {
          isWaiting = true;
          signal.addEventListener('abort', () => {
            isAborted = true;
            resolve({ status: 200, headers: {}, body: '' });
          });
        }),
    );
    const socket = connect(port, '127.0.0.1', () => socket.write(post('')));
    await expect.poll(() => isWaiting).toBe(true);
    socket.destroy();
    await expect.poll(() => isAborted).toBe(true);
  });

  test.each([
    ['on the fast path', {}],
    ['by node', { 'transfer-encoding': 'chunked' }],
  ])(
    'ends with the server: idle connections at once, others when they are answered %s',
    {
      // Less than an idle connection is kept for.
      timeout: 30_000,
    },
    async (_, headers) => {
      let answer: ((response: GatewayResponse) => void) | undefined;
      const port = await serve(({ path }) =>
        path === '/wait'
          ? new Promise((resolve) => {
              answer = resolve;
            })
          : Promise.resolve({ status: 200, headers: {}, body: 'done' }),
      );
      const agent = new Agent({ keepAlive: true });
      const ask = (path: string) =>
        new Promise<string>((resolve, reject) => {
          httpRequest({ agent, port, path, headers }, (response) => {
            response.on('data', (chunk) => resolve(String(chunk)));
          })
            .on('error', reject)
            .end();
        });
      const waiting = ask('/wait');
      expect(await ask('/now')).toBe('done');
      await expect.poll(() => answer !== undefined).toBe(true);
      const closed = new Promise((resolve) => server?.close(resolve));
      answer?.({ status: 200, headers: {}, body: 'late' });
      expect(await waiting).toBe('late');
      await closed;
      agent.destroy();
    },
  );
});
