import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeWeb } from './node-web.ts';
import { longestAnswerBytes } from './web.ts';

describe('the web', () => {
  let server: Server;
  let origin: string;
  const web = createNodeWeb();

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/never') return;
      if (request.url === '/elsewhere') response.writeHead(302, { location: '/echo' });
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const { method, headers } = request;
        response.end(
          request.url === '/long' ? 'x'.repeat(10 * longestAnswerBytes) : JSON.stringify({ method, headers, body }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const send = (path: string, timeoutMs = 60_000, url = origin + path) =>
    web.send({ method: 'POST', url, headers: { 'x-mine': 'yes' }, body: 'grüße', timeoutMs });

  it('sends what it is given and gives the answer', async () => {
    const { status, body } = await send('/echo');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      method: 'POST',
      body: 'grüße',
      headers: { 'x-mine': 'yes', 'content-length': '7' },
    });
  });

  it('sends a name and a password that stand in the address', async () => {
    const { body } = await send('', 60_000, origin.replace('//', '//user:secret@'));
    expect(JSON.parse(body).headers.authorization).toBe(`Basic ${Buffer.from('user:secret').toString('base64')}`);
  });

  it('follows no redirects, and keeps the beginning of a long answer', async () => {
    expect((await send('/elsewhere')).status).toBe(302);
    expect((await send('/long')).body).toHaveLength(longestAnswerBytes);
  });

  it('gives up on a server that does not answer, or is not there', async () => {
    await expect(send('/never', 50)).rejects.toThrow(/abort|timeout/i);
    await expect(send('', 60_000, 'http://127.0.0.1:1/')).rejects.toThrow('ECONNREFUSED');
  });
});
