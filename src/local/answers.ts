// Answers of the paths that are not AWS's.

import type { GatewayRequest, GatewayResponse } from '../aws/request.ts';

/**
 * JSON with a space after colons and commas: scripts that wait for LocalStack grep for `"s3": "available"`, as Python
 * writes it.
 */
export function jsonAnswer(body: unknown, status = 200): GatewayResponse {
  const text = JSON.stringify(body, null, 1).replace(/,\n */g, ', ').replace(/\n */g, '');
  return { status, headers: { 'content-type': 'application/json' }, body: `${text}\n` };
}

export function refusal(status: number, message: string): GatewayResponse {
  return jsonAnswer({ error: message }, status);
}

export const emptyAnswer = (status: number): GatewayResponse => ({ status, headers: {}, body: '' });

const largestBodyBytes = 64 * 1024;

/** The members of a JSON object in the body; none when the body is empty, undefined when it is something else. */
export async function readJsonObject(request: GatewayRequest): Promise<Record<string, unknown> | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > largestBodyBytes) return undefined;
    chunks.push(chunk);
  }
  if (bytes === 0) return {};
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
