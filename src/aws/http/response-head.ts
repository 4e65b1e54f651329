// The head of an answer as the fast path writes it: what node:http would write.

import { STATUS_CODES } from 'node:http';
import { formatHttpDate, type TimestampMs } from '../../kernel/clock.ts';
import type { GatewayResponse } from '../request.ts';

/** Of connections that nobody uses. */
export const keepAliveSeconds = 65;

/**
 * To be sent as latin1. Throws on a value that would break out of its line. Without `contentLength` that header is left as
 * the answer has it.
 */
export function formatResponseHead(
  { status, headers }: Pick<GatewayResponse, 'status' | 'headers'>,
  nowMs: TimestampMs,
  contentLength: number | undefined,
  isChunked = false,
): string {
  let head = statusLine(status);
  for (const name in headers) {
    if (contentLength !== undefined && name === 'content-length') continue;
    const value = headers[name] as string;
    if (unsendable.test(value)) throw new Error(`the header ${name} has characters that headers may not have`);
    head += `${name}: ${value}\r\n`;
  }
  // No content, and no length of it: https://www.rfc-editor.org/rfc/rfc9110#section-8.6
  if (contentLength !== undefined && status !== 204) head += `content-length: ${contentLength}\r\n`;
  if (isChunked) head += 'transfer-encoding: chunked\r\n';
  return head + endAt(nowMs);
}

const ok = 'HTTP/1.1 200 OK\r\n';

const statusLine = (status: number): string =>
  status === 200 ? ok : `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;

const unsendable = /[^\t\x20-\x7e\x80-\xff]/;

let endSecond = -1;
let end = '';

/** What all answers of a second end with. */
function endAt(nowMs: TimestampMs): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== endSecond) {
    endSecond = second;
    end = `Date: ${formatHttpDate(second * 1000)}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}\r\n\r\n`;
  }
  return end;
}
