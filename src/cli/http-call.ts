// One HTTP request to a cloud of this host. Not `fetch`, which takes longer to load than most commands run.

import { type IncomingMessage, request } from 'node:http';

/** Where a cloud is, and what shows it that whoever calls may run it. */
export interface Callee {
  readonly address: string;
  readonly operatorToken?: string | undefined;
}

export interface HttpCall {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Of silence; unlimited when absent. */
  readonly timeoutMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Rejects when nobody answers there. */
export function callHttp({ address, operatorToken }: Callee, call: HttpCall): Promise<HttpAnswer> {
  const { method = 'GET', path, headers = {}, body = '', timeoutMs } = call;
  return new Promise((resolve, reject) => {
    const own = {
      'content-length': String(Buffer.byteLength(body)),
      ...(operatorToken !== undefined && { authorization: `Bearer ${operatorToken}` }),
    };
    const outgoing = request(new URL(path, address), {
      method,
      headers: { ...headers, ...own },
      agent: false,
      ...(timeoutMs !== undefined && { timeout: timeoutMs }),
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${address} does not answer`)));
    outgoing.on('error', reject);
    outgoing.on('response', (incoming: IncomingMessage) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    outgoing.end(body);
  });
}

/** The members of a JSON answer; throws what the cloud says went wrong. */
export async function callJson(callee: Callee, call: HttpCall): Promise<Record<string, unknown>> {
  const { status, body } = await callHttp(callee, call);
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(body) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`${callee.address}${call.path} did not answer as a cloudlet does (status ${status})`, {
      cause: error,
    });
  }
  if (status >= 400) throw new Error(String(value['error'] ?? `${call.path} answered with status ${status}`));
  return value;
}
