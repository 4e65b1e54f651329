// The head of an answer as the fast path writes it: what node:http would write.

import { STATUS_CODES } from 'node:http';
import { formatHttpDate, type TimestampMs } from '../../kernel/clock.ts';
import type { GatewayResponse } from '../request.ts';

export interface HeadOptions {
  /** Undefined leaves the header as the answer has it. */
  readonly contentLength: number | undefined;
  readonly isChunked?: boolean;
  readonly nowMs: TimestampMs;
}

/** Of connections that nobody uses. */
export const keepAliveSeconds = 65;

/** To be sent as latin1. Throws on a value that would break out of its line. */
export function formatResponseHead(
  { status, headers }: Pick<GatewayResponse, 'status' | 'headers'>,
  options: HeadOptions,
): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
  const { contentLength } = options;
  for (const name in headers) {
    if (contentLength !== undefined && name === 'content-length') continue;
    const value = headers[name] as string;
    if (unsendable.test(value)) throw new Error(`the header ${name} has characters that headers may not have`);
    head += `${name}: ${value}\r\n`;
  }
  if (contentLength !== undefined) head += `content-length: ${contentLength}\r\n`;
  if (options.isChunked) head += 'transfer-encoding: chunked\r\n';
  return `${head}Date: ${dateAt(options.nowMs)}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}\r\n\r\n`;
}

const unsendable = /[^\t\x20-\x7e\x80-\xff]/;

let dateSecond = -1;
let date = '';

/** Written once a second. */
function dateAt(nowMs: TimestampMs): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    date = formatHttpDate(second * 1000);
  }
  return date;
}
