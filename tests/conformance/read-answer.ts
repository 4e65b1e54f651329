// Reads an answer as a client of its protocol would, and is strict about it: what is not well-formed is a finding.

import { validateHeaderName, validateHeaderValue } from 'node:http';
import { decode as decodeCbor } from 'cbor-x';
import { SaxesParser } from 'saxes';
import type { ProtocolName } from '../../src/aws/model.ts';
import type { GatewayResponse } from '../../src/aws/request.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface AnswerError {
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
}

/** An answer that no client could read; the message says why and shows it. */
export class Unreadable extends Error {}

export async function collectAnswer({ status, headers, body }: GatewayResponse): Promise<Answer> {
  if (typeof body === 'string' || body instanceof Uint8Array) return { status, headers, body: Buffer.from(body) };
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(Buffer.from(part));
  return { status, headers, body: Buffer.concat(parts) };
}

type Format = 'xml' | 'json' | 'cbor' | 'other';

/** Which form the errors of a protocol have. */
export const formatOf: Readonly<Record<ProtocolName, Format>> = {
  ec2: 'xml',
  query: 'xml',
  'rest-xml': 'xml',
  json: 'json',
  'rest-json': 'json',
  'smithy-rpc-v2-cbor': 'cbor',
};

/** Checks everything that can be checked of any answer; answers with the error that it tells, if it tells one. */
export function readAnswer(answer: Answer, method: string): AnswerError | undefined {
  checkHeaders(answer);
  const { status, headers, body } = answer;
  const requestId = headers['x-amzn-requestid'] ?? headers['x-amz-request-id'] ?? '';
  // Whatever body there is, the server keeps it.
  if (method === 'HEAD') return status < 400 ? undefined : { code: '', message: '', requestId };
  const format = contentFormat(headers['content-type'] ?? '');
  const document = body.byteLength > 0 ? parse(answer, format) : undefined;
  if (status < 400) return undefined;
  const found = document === undefined ? undefined : errorIn(format, document, headers);
  if (!found?.code) throw unreadable(answer, 'an error has no code');
  return { ...found, requestId: requestId || (found.requestId ?? '') };
}

export function contentFormat(contentType: string): Format {
  if (/^application\/(x-amz-json-1\.[01]|json)\b/.test(contentType)) return 'json';
  if (/^(text|application)\/xml\b/.test(contentType)) return 'xml';
  return contentType === 'application/cbor' ? 'cbor' : 'other';
}

/** S3 says of itself that it does not implement something by a status that others have for faults of their own. */
export function isOwnFault({ status, body }: Answer): boolean {
  return status >= 500 && !(status === 501 && body.includes('<Code>NotImplemented</Code>'));
}

function checkHeaders(answer: Answer): void {
  for (const [name, value] of Object.entries(answer.headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (error) {
      throw unreadable(answer, `the header ${JSON.stringify(name)} cannot be sent: ${String(error)}`);
    }
  }
}

function parse(answer: Answer, format: Format): unknown {
  try {
    if (format === 'json') return JSON.parse(answer.body.toString());
    if (format === 'cbor') return decodeCbor(answer.body);
    return format === 'xml' ? parseXmlLeaves(withoutControls(answer.body.toString())) : answer.body;
  } catch (error) {
    throw unreadable(answer, `the body is not ${format}: ${String(error)}`);
  }
}

interface Found {
  readonly code: string;
  readonly message: string;
  readonly requestId?: string;
}

function errorIn(format: Format, document: unknown, headers: Readonly<Record<string, string>>): Found | undefined {
  if (format === 'xml') {
    const leaves = document as ReadonlyMap<string, string>;
    // The query protocols' word for a path that nothing is at; it says no more.
    if (leaves.has('UnknownOperationException')) return { code: 'UnknownOperationException', message: '' };
    const requestId = leaves.get('RequestId') ?? leaves.get('RequestID') ?? '';
    return { code: leaves.get('Code') ?? '', message: leaves.get('Message') ?? '', requestId };
  }
  if (typeof document !== 'object' || document === null) return undefined;
  const fields = document as Readonly<Record<string, string | undefined>>;
  const type = fields['__type'] ?? headers['x-amzn-errortype'] ?? '';
  return { code: type.split('#').pop() ?? '', message: fields['message'] ?? fields['Message'] ?? '' };
}

/** Keys of objects may hold what XML 1.0 has no reference for, and S3 refers to it all the same. */
const withoutControls = (text: string): string => text.replace(/&#x(?:[0-8BCEF]|1[0-9A-F]);/g, '\ufffd');

/** The first text of each element. */
function parseXmlLeaves(text: string): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>();
  const parser = new SaxesParser({ xmlns: false, position: false });
  let current = '';
  let name = '';
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    name = tag.name;
    current = '';
  });
  parser.on('text', (piece) => {
    current += piece;
  });
  parser.on('closetag', (tag) => {
    if (tag.name === name && !leaves.has(name)) leaves.set(name, current);
    name = '';
  });
  parser.write(text).close();
  return leaves;
}

function unreadable({ status, headers, body }: Answer, reason: string): Unreadable {
  return new Unreadable(`${reason}: ${status} ${JSON.stringify(headers)} ${body.toString('latin1').slice(0, 2000)}`);
}
