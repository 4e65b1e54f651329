// Calls web servers with node:http.

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { longestAnswerBytes, type Web, type WebAnswer, type WebRequest } from './web.ts';

export function createNodeWeb(): Web {
  return { send };
}

function send({ method, url, headers, body, timeoutMs }: WebRequest): Promise<WebAnswer> {
  const target = new URL(url);
  const bytes = Buffer.from(body);
  return new Promise((resolve, reject) => {
    const request = target.protocol === 'https:' ? httpsRequest : httpRequest;
    // The user's name and password in the address are sent as basic authentication, which node does by itself.
    const outgoing = request(
      target,
      {
        method,
        headers: { ...headers, 'content-length': String(bytes.length) },
        signal: AbortSignal.timeout(timeoutMs),
        agent: false,
      },
      (incoming) => readAnswer(incoming).then(resolve, reject),
    );
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}

async function readAnswer(incoming: IncomingMessage): Promise<WebAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    if (length < longestAnswerBytes) chunks.push(chunk);
    length += chunk.length;
  }
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
  const body = Buffer.concat(chunks).subarray(0, longestAnswerBytes).toString('utf8');
  return { status: incoming.statusCode ?? 0, headers, body };
}
