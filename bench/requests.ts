// Requests as bytes, as an SDK sends them, with a signature that is not checked because the key is not known; and the
// way to send a single one.

import { type Answer, createConnection } from './connection.ts';

export interface Signed {
  readonly port: number;
  readonly service: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Some peers look at the date. */
const signedAt = new Date().toISOString().replace(/[-:]|\.\d+/g, '');

export function postRequest({ port, service, headers = {}, body }: Signed): Buffer {
  const all = {
    ...signedHeaders(port, service),
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  };
  return Buffer.from(`${headOf('POST', '/', all)}${body}`);
}

/** `target` as in X-Amz-Target: `DynamoDB_20120810.GetItem`. */
export function jsonRequest(port: number, service: string, target: string, input: unknown): Buffer {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target };
  return postRequest({ port, service, headers, body: JSON.stringify(input) });
}

export function queryRequest(port: number, service: string, parameters: Readonly<Record<string, string>>): Buffer {
  return postRequest({ port, service, body: new URLSearchParams(parameters).toString() });
}

/** The head of a request to S3, whose body may be sent behind it. */
export function s3Head(port: number, method: string, path: string, bodyBytes = 0): Buffer {
  const headers = {
    ...signedHeaders(port, 's3'),
    'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    ...(method === 'GET' ? {} : { 'content-length': String(bodyBytes) }),
  };
  return Buffer.from(headOf(method, path, headers));
}

function signedHeaders(port: number, service: string) {
  const credential = `S3RVER/${signedAt.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  return {
    host: `127.0.0.1:${port}`,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${'0'.repeat(64)}`,
    'x-amz-date': signedAt,
  };
}

function headOf(method: string, path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** The body of the answer; throws what the server said when it refused. */
export async function call(port: number, request: Buffer): Promise<string> {
  return (await ask(port, request)).body;
}

export async function ask(port: number, request: Buffer): Promise<Answer> {
  const connection = createConnection(port);
  try {
    const answer = await connection.ask([request], true);
    if (answer.status < 200 || answer.status > 299) throw new Error(`${answer.status}: ${answer.body.slice(0, 500)}`);
    return answer;
  } finally {
    connection.close();
  }
}
