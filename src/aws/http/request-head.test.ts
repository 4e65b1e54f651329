import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../protocols/random-values.testing.ts';
import { parseRequestHead } from './request-head.ts';

const parse = (text: string) => parseRequestHead(Buffer.from(text, 'latin1'));

describe('a head', () => {
  test('is read', () => {
    const head = parse('POST /a?b=c HTTP/1.1\r\nHost: x\r\nX-A:  1 \t\r\nx-a: 2\r\nContent-Length: 3\r\n\r\nabc');
    expect(head).toMatchObject({ method: 'POST', target: '/a?b=c', bodyBytes: 3, length: 71 });
    expect({ ...head?.headers }).toEqual({ host: 'x', 'x-a': '1,2', 'content-length': '3' });
  });

  test.each([
    ['is not all there', 'GET / HTTP/1.1\r\nHost: x\r\n'],
    ['names no host', 'GET / HTTP/1.1\r\nX: y\r\n\r\n'],
    ['has two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    ['has twice the same length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n'],
    ['has a length with a sign', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n'],
    ['has a length in chunks', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'],
    [
      'has a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['expects something', 'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n'],
    ['upgrades', 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n'],
    ['is the last one of its connection', 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['folds a line', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n'],
    ['has a space before a colon', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 1\r\n\r\n'],
    ['has a line without a colon', 'GET / HTTP/1.1\r\nHost: x\r\nX\r\n\r\n'],
    ['has half an end of a line', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\nContent-Length: 1\r\n\r\n'],
    ['has the other half', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\rContent-Length: 1\r\n\r\n'],
    ['has a NUL', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\0\r\n\r\n'],
    ['is of an older version', 'GET / HTTP/1.0\r\nHost: x\r\n\r\n'],
    ['has the absolute form', 'GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['has an unusual method', 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['is very long', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(17_000)}\r\n\r\n`],
  ])('that %s is left to node', (_, text) => {
    expect(parse(text)).toBeUndefined();
  });
});

describe('what the fast path takes', () => {
  const runs = 3_000;
  const seen: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, url, rawHeaders } = incoming;
    seen.push({ method, url, rawHeaders });
    incoming.resume();
    incoming.on('end', () => outgoing.end());
  });

  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Sent to node's own parser on a connection of its own; undefined when it refuses. */
  async function asNodeReads(bytes: Buffer): Promise<(typeof seen)[number] | undefined> {
    seen.length = 0;
    const socket = new Socket();
    const status = await new Promise<string>((resolve) => {
      socket.once('data', (chunk) => resolve(chunk.toString('latin1', 9, 12)));
      socket.once('close', () => resolve('closed'));
      socket.once('error', () => resolve('broken'));
      socket.connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.write(bytes));
    });
    socket.destroy();
    return status === '200' && seen.length === 1 ? seen[0] : undefined;
  }

  test(`node reads the same way (${runs} spoiled heads)`, async () => {
    const chance = seededRandom(20);
    let taken = 0;
    for (let run = 0; run < runs; run++) {
      const bytes = spoiled(chance);
      const head = parseRequestHead(bytes);
      if (!head) continue;
      taken += 1;
      const whole = Buffer.concat([bytes.subarray(0, head.length), Buffer.alloc(head.bodyBytes, 'x')]);
      const node = await asNodeReads(whole);
      expect(node, JSON.stringify(bytes.toString('latin1'))).toBeDefined();
      expect({ method: head.method, url: head.target, headers: { ...head.headers } }).toEqual({
        method: node?.method,
        url: node?.url,
        headers: joined(node?.rawHeaders ?? []),
      });
    }
    expect(taken).toBeGreaterThan(runs / 20);
  });

  function joined(raw: readonly string[]): Record<string, string> {
    const headers: Record<string, string> = {};
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const name = (raw[i] as string).toLowerCase();
      headers[name] = name in headers ? `${headers[name]},${raw[i + 1]}` : (raw[i + 1] as string);
    }
    return headers;
  }
});

const heads = [
  'POST /a/b?c=d%20e HTTP/1.1\r\nHost: x:4566\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 12\r\nX-Amz-Target: A.B\r\n\r\n',
  'GET /?Action=X HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nAccept: */*\r\nX-Amz-Meta-\xe9: caf\xe9\r\n\r\n',
  'PUT /bucket/k%C3%A9y HTTP/1.1\r\nhost:x\r\ncontent-length:0\r\nx-amz-meta-a: 1\r\nx-amz-meta-a:\t2 \r\n\r\n',
];

const splinters = [
  ...[
    '\r',
    '\n',
    '\r\n',
    ' ',
    '\t',
    ':',
    ',',
    '\0',
    '\x0b',
    '\x7f',
    '\xa0',
    '#',
    '"',
    '?',
    '/',
    '{',
    '|',
    '\\',
    '1',
    '-',
    '+',
  ],
  ...[
    'Content-Length: 1\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Host: y\r\n',
    'Connection: x\r\n',
    'X:\r\n',
    'HTTP/1.1',
    'Trailer: a\r\n',
  ],
];

/** A good head in which something was put in, taken out, or put in another's place. */
function spoiled(chance: () => number): Buffer {
  let text = heads[Math.floor(chance() * heads.length)] as string;
  for (let left = Math.floor(chance() * 3); left >= 0; left--) {
    const at = Math.floor(chance() * text.length);
    const splinter = splinters[Math.floor(chance() * splinters.length)] as string;
    const drop = Math.floor(chance() * 2);
    text = text.slice(0, at) + splinter + text.slice(at + drop);
  }
  return Buffer.from(text, 'latin1');
}
