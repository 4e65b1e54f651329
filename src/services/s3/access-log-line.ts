// One line of an access log, in AWS's format: 26 fields with spaces between them, a dash where there is nothing to say.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html

import type { Call } from '../../aws/calls.ts';
import type { BucketRow } from './buckets.table.ts';
import { canonicalUserId } from './canonical-users.ts';
import { hostIdOf } from './outbox.ts';

type Fields = Readonly<Record<string, unknown>>;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `[06/Feb/2019:00:00:38 +0000]` */
export function formatLogTime(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  return `[${date}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000]`;
}

/** What subresources are called, where that is not their name in capitals. */
const resourceNames: Readonly<Record<string, string>> = {
  'object-lock': 'OBJECT_LOCK_CONFIGURATION',
  'legal-hold': 'OBJECT_LOCK_LEGALHOLD',
  retention: 'OBJECT_LOCK_RETENTION',
  delete: 'MULTI_OBJECT_DELETE',
  logging: 'LOGGING_STATUS',
  policy: 'BUCKETPOLICY',
  publicAccessBlock: 'PUBLIC_ACCESS_BLOCK',
  ownershipControls: 'OWNERSHIP_CONTROLS',
  versions: 'BUCKETVERSIONS',
  select: 'OBJECT',
};

const parameters = new Set([
  'X-Amz-Signature',
  'x-id',
  'versionId',
  'list-type',
  'prefix',
  'delimiter',
  'response-expires',
]);

/** `REST.GET.OBJECT`, `REST.PUT.ACL` */
export function operationOf(call: Call): string {
  const { method = 'GET', query = '', headers = {} } = call.request ?? {};
  const { Key } = call.input as Fields;
  if (headers['x-amz-copy-source'] !== undefined && method === 'PUT') {
    return query.includes('uploadId=') ? 'REST.COPY.PART' : 'REST.COPY.OBJECT';
  }
  const names = query.split('&').map((part) => part.split('=')[0] as string);
  if (names.includes('uploadId')) return `REST.${method}.${names.includes('partNumber') ? 'PART' : 'UPLOAD'}`;
  const sub = names.find((name) => /^[a-zA-Z-]+$/.test(name) && !parameters.has(name) && isSubresource(query, name));
  if (sub === undefined) return `REST.${method}.${Key === undefined ? 'BUCKET' : 'OBJECT'}`;
  if (sub === 'tagging') return `REST.${method}.${Key === undefined ? 'BUCKETTAGGING' : 'OBJECT_TAGGING'}`;
  return `REST.${method}.${resourceNames[sub] ?? sub.toUpperCase().replaceAll('-', '_')}`;
}

/** Such a one has no value. */
const isSubresource = (query: string, name: string): boolean => new RegExp(`(?:^|&)${name}=?(?:&|$)`).test(query);

/** What a request does to one object besides, which has a line of its own. */
export interface LoggedPart {
  /** `BATCH.DELETE.OBJECT` */
  readonly operation: string;
  readonly key: string;
  readonly versionId: string | undefined;
  readonly status: number;
  readonly errorCode?: string | undefined;
}

export function formatLogPart(bucket: BucketRow, call: Call, part: LoggedPart): string {
  const { headers = {}, query = '', remoteAddress } = call.request ?? {};
  const signature = signatureOf(headers, query);
  return joined([
    canonicalUserId(bucket.account),
    bucket.id,
    formatLogTime(call.atMs),
    remoteAddress?.replace(/^::ffff:/, ''),
    requesterOf(call),
    call.requestId,
    part.operation,
    keyOf(part.key),
    undefined,
    String(part.status),
    part.errorCode,
    ...[undefined, undefined, undefined, undefined, undefined, undefined],
    part.versionId,
    hostIdOf(call.requestId),
    signature.version,
    undefined,
    signature.kind,
    headers['host'],
    ...[undefined, undefined, undefined],
  ]);
}

const joined = (fields: readonly (string | undefined)[]): string => fields.map((field) => field || '-').join(' ');

export function formatLogLine(bucket: BucketRow, call: Call): string {
  const input = call.input as Fields;
  const output = (call.output ?? {}) as Fields;
  const { method = 'GET', path = '/', query = '', headers = {}, remoteAddress } = call.request ?? {};
  const length = typeof output['ContentLength'] === 'number' ? output['ContentLength'] : undefined;
  const took = String(Math.max(0, Math.round(call.tookMs)));
  const signature = signatureOf(headers, query);
  return joined([
    canonicalUserId(bucket.account),
    bucket.id,
    formatLogTime(call.atMs),
    remoteAddress?.replace(/^::ffff:/, ''),
    requesterOf(call),
    call.requestId,
    operationOf(call),
    keyOf(input['Key']),
    quoted(`${method} ${path}${query === '' ? '' : `?${query}`} HTTP/1.1`),
    String(call.status),
    call.error?.code,
    method === 'GET' && length !== undefined ? String(length) : undefined,
    objectSizeOf(output, input, length),
    took,
    took,
    quoted(headers['referer']),
    quoted(headers['user-agent']),
    textOf(input['VersionId']),
    hostIdOf(call.requestId),
    signature.version,
    undefined,
    signature.kind,
    headers['host'],
    undefined,
    undefined,
    undefined,
  ]);
}

/** Root users by their canonical ids, others by their ARNs. */
function requesterOf({ principal }: Call): string | undefined {
  if (principal.kind === 'anonymous') return undefined;
  return principal.kind === 'root' ? canonicalUserId(principal.account) : principal.arn;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Encoded twice, as AWS does it, so that no space and no quote is left. */
const keyOf = (key: unknown): string | undefined =>
  typeof key === 'string'
    ? encodeURIComponent(encodeURIComponent(key).replaceAll('%2F', '/')).replaceAll('%2F', '/')
    : undefined;

/** What clients send may not end a field or a line. */
function quoted(text: string | undefined): string {
  return `"${(text ?? '-').replace(/["\\]|\p{Cc}/gu, (char) => encodeURIComponent(char))}"`;
}

function objectSizeOf(output: Fields, input: Fields, length: number | undefined): string | undefined {
  const ofRange = /\/(\d+)$/.exec(textOf(output['ContentRange']) ?? '')?.[1];
  if (ofRange !== undefined) return ofRange;
  const size = length ?? input['ContentLength'];
  return typeof size === 'number' ? String(size) : undefined;
}

function signatureOf(headers: Readonly<Record<string, string>>, query: string) {
  const authorization = headers['authorization'];
  if (authorization !== undefined) {
    return { version: authorization.startsWith('AWS4-') ? 'SigV4' : 'SigV2', kind: 'AuthHeader' };
  }
  if (query.includes('X-Amz-Signature=')) return { version: 'SigV4', kind: 'QueryString' };
  return { version: undefined, kind: undefined };
}
