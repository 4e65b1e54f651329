// Requests that no client of S3 makes, signed by AWS's own signer; and URLs that carry their signature.

import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { TestCloud } from './cloud.testing.ts';

export interface Call {
  readonly method: string;
  /** Percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly account?: string;
}

type At = Pick<TestCloud, 'endpoint'>;

export async function signedFetch(cloud: At, call: Call): Promise<Response> {
  const { method, body } = call;
  const headers = await signedHeaders(cloud, call);
  return fetch(urlOf(cloud, call.path, call.query ?? {}), { method, headers, ...(body !== undefined && { body }) });
}

/** For a request whose body is made of its signature. */
export async function signedHeaders(cloud: At, call: Call): Promise<Readonly<Record<string, string>>> {
  const { host: _host, ...headers } = (await signerOf(call).sign(requestOf(cloud, call))).headers;
  return headers;
}

export interface Presigning {
  readonly expiresIn?: number;
  readonly signingDate?: Date;
}

/** Headers are to be sent as they are. */
export async function presign(cloud: At, call: Call, { expiresIn = 300, signingDate }: Presigning = {}) {
  const { headers = {}, ...rest } = call;
  const unsigned = { ...rest, headers: { ...headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } };
  const options = { expiresIn, unhoistableHeaders: new Set(Object.keys(headers)), ...(signingDate && { signingDate }) };
  const signed = await signerOf(call).presign(requestOf(cloud, unsigned), options);
  return urlOf(cloud, call.path, (signed.query ?? {}) as Readonly<Record<string, string>>);
}

function signerOf({ account = 'test' }: Call): SignatureV4 {
  const credentials = { accessKeyId: account, secretAccessKey: 'test' };
  return new SignatureV4({ credentials, region: 'us-east-1', service: 's3', sha256: Sha256, uriEscapePath: false });
}

function requestOf({ endpoint }: At, { method, path, query = {}, headers = {}, body }: Call): HttpRequest {
  const { hostname, port, host } = new URL(endpoint);
  return new HttpRequest({
    method,
    hostname,
    port: Number(port),
    path,
    query: { ...query },
    headers: { host, ...headers },
    body,
  });
}

function urlOf({ endpoint }: At, path: string, query: Readonly<Record<string, string>>): string {
  return `${endpoint}${path}?${new URLSearchParams(query)}`;
}
