// A bucket as a website: index and error documents, redirects. Everybody is a stranger here, and may see what the
// bucket's policy lets strangers see.

import { STATUS_CODES } from 'node:http';
import { AwsError, awsError } from '../../aws/errors.ts';
import { anonymousPrincipal } from '../../aws/principal.ts';
import { hostIdOf } from '../../aws/protocols/rest-xml.ts';
import { parseTimestamp } from '../../aws/protocols/timestamps.ts';
import { escapeText } from '../../aws/protocols/xml-encode.ts';
import type { GatewayRequest, GatewayResponse } from '../../aws/request.ts';
import type { FrontWorld } from '../../aws/service.ts';
import type { GetObjectOutput, WebsiteConfiguration } from '../../generated/s3.types.ts';
import { formatHttpDate } from '../../kernel/clock.ts';
import { newUuid } from '../../kernel/ids.ts';
import { buckets } from './buckets.table.ts';
import type { ReadConditions } from './preconditions.ts';
import { methodNotAllowed, noSuchBucket, noSuchConfiguration } from './s3.errors.ts';
import { findRule, keyOfPath, type Redirection, redirectionOf } from './website-rules.ts';

export async function answerWebsite(
  world: FrontWorld,
  request: GatewayRequest,
  name: string,
): Promise<GatewayResponse> {
  try {
    return await answer(world, request, name);
  } catch (error) {
    if (error instanceof AwsError) return errorPage(world, error);
    throw error;
  }
}

async function answer(world: FrontWorld, request: GatewayRequest, name: string): Promise<GatewayResponse> {
  const bucket = world.store.find(buckets, name);
  if (!bucket) throw noSuchBucket(name);
  const { website } = bucket.spec;
  if (!website) {
    throw noSuchConfiguration(
      'NoSuchWebsiteConfiguration',
      'The specified bucket does not have a website configuration',
      name,
    );
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed(request.method, 'OBJECT');
  const path = decodePath(request.path);
  const here = { protocol: 'http', host: request.headers['host'] ?? '' };
  const all = website.RedirectAllRequestsTo;
  if (all) {
    return redirect({ status: 301, location: `${all.Protocol ?? 'http'}://${all.HostName}${request.path}` });
  }
  const rule = findRule(website, path.replace(/^\//, ''), undefined);
  if (rule && rule.Condition?.HttpErrorCodeReturnedEquals === undefined) {
    return redirect(redirectionOf(rule, path.replace(/^\//, ''), here));
  }
  const get: Get = (key, conditions) =>
    world
      .client(
        's3',
        { account: bucket.account, region: bucket.spec.region },
        anonymousPrincipal(bucket.account),
        request,
      )
      .GetObject({ Bucket: name, Key: key, ...conditions });
  return show({ world, website, path, here, get, conditions: conditionsOf(request) });
}

type Get = (key: string, conditions?: ReadConditions) => Promise<GetObjectOutput>;

interface Visit {
  readonly world: FrontWorld;
  readonly website: WebsiteConfiguration;
  readonly path: string;
  readonly here: { readonly protocol: string; readonly host: string };
  readonly conditions: ReadConditions;
  readonly get: Get;
}

function conditionsOf({ headers }: GatewayRequest): ReadConditions {
  const since = headers['if-modified-since'];
  return { IfNoneMatch: headers['if-none-match'], IfModifiedSince: since ? parseTimestamp(since) : undefined };
}

async function show(visit: Visit): Promise<GatewayResponse> {
  const { website, path, here, conditions, get } = visit;
  try {
    return respond(200, await get(keyOfPath(path, website), conditions));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.statusCode === 304) return { status: 304, headers: { ...error.headers }, body: '' };
    const folder = await folderIndex(website, path, get);
    if (folder) return redirect({ status: 302, location: `${path}/` });
    const key = path.replace(/^\//, '');
    const rule = findRule(website, key, error.statusCode);
    if (rule) return redirect(redirectionOf(rule, key, here));
    return showError(visit, error);
  }
}

/** `/docs` leads to `/docs/` when there is an index there. */
async function folderIndex(website: WebsiteConfiguration, path: string, get: Get): Promise<boolean> {
  if (path.endsWith('/')) return false;
  try {
    const object = await get(keyOfPath(`${path}/`, website));
    if (!(object.Body instanceof Uint8Array)) await object.Body?.[Symbol.asyncIterator]().return?.();
    return true;
  } catch (error) {
    if (error instanceof AwsError) return false;
    throw error;
  }
}

async function showError({ world, website, get }: Visit, error: AwsError): Promise<GatewayResponse> {
  const key = website.ErrorDocument?.Key;
  if (key === undefined) return errorPage(world, error);
  try {
    return respond(error.statusCode, await get(key));
  } catch (second) {
    if (second instanceof AwsError) return errorPage(world, error, second);
    throw second;
  }
}

function errorPage({ random }: FrontWorld, error: AwsError, ofDocument?: AwsError): GatewayResponse {
  const requestId = newUuid(random);
  const hostId = hostIdOf(requestId);
  const title = `${error.statusCode} ${STATUS_CODES[error.statusCode] ?? ''}`.trim();
  const items = [...itemsOf(error), `RequestId: ${requestId}`, `HostId: ${hostId}`];
  const second = ofDocument
    ? `<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n${listOf(itemsOf(ofDocument))}`
    : '';
  return {
    status: error.statusCode,
    headers: {
      'x-amz-request-id': requestId,
      'x-amz-id-2': hostId,
      'content-type': 'text/html; charset=utf-8',
      'x-amz-error-code': error.code,
      'x-amz-error-message': error.message,
    },
    body: `<html>\n<head><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n${listOf(items)}${second}<hr/>\n</body>\n</html>\n`,
  };
}

function itemsOf({ code, message, fields }: AwsError): readonly string[] {
  const more = Object.entries(fields ?? {}).map(([name, value]) => `${name}: ${value}`);
  return [`Code: ${code}`, `Message: ${message}`, ...more];
}

const listOf = (items: readonly string[]): string =>
  `<ul>\n${items.map((item) => `<li>${escapeText(item)}</li>\n`).join('')}</ul>\n`;

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw awsError('InvalidURI', "Couldn't parse the specified URI.");
  }
}

function redirect({ status, location }: Redirection): GatewayResponse {
  return { status, headers: { location, 'content-type': 'text/html' }, body: '' };
}

/** An object may send on to another place, whatever it is shown for. */
function respond(status: number, object: GetObjectOutput): GatewayResponse {
  const location = object.WebsiteRedirectLocation;
  if (location !== undefined) return redirect({ status: 301, location });
  const headers: Record<string, string> = {
    'content-type': object.ContentType ?? 'binary/octet-stream',
    'content-length': String(object.ContentLength ?? 0),
    ...(object.ETag !== undefined && { etag: object.ETag }),
    ...(object.LastModified !== undefined && { 'last-modified': formatHttpDate(object.LastModified) }),
    ...(object.CacheControl !== undefined && { 'cache-control': object.CacheControl }),
    ...(object.ContentEncoding !== undefined && { 'content-encoding': object.ContentEncoding }),
    ...(object.ContentLanguage !== undefined && { 'content-language': object.ContentLanguage }),
    ...(object.ContentDisposition !== undefined && { 'content-disposition': object.ContentDisposition }),
  };
  return { status, headers, body: object.Body ?? '' };
}
