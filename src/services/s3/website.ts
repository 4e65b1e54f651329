// A bucket as a website: index and error documents, redirects. Everybody is a stranger here, and may see what the
// bucket's policy lets strangers see.

import { AwsError, awsError } from '../../aws/errors.ts';
import { anonymousPrincipal } from '../../aws/principal.ts';
import { escapeText } from '../../aws/protocols/xml-encode.ts';
import type { GatewayRequest, GatewayResponse } from '../../aws/request.ts';
import type { FrontWorld } from '../../aws/service.ts';
import type { GetObjectOutput, WebsiteConfiguration } from '../../generated/s3.types.ts';
import { formatHttpDate } from '../../kernel/clock.ts';
import { buckets } from './buckets.table.ts';
import { noSuchBucket, noSuchConfiguration } from './s3.errors.ts';
import { findRule, keyOfPath, type Redirection, redirectionOf } from './website-rules.ts';

export async function answerWebsite(
  world: FrontWorld,
  request: GatewayRequest,
  name: string,
): Promise<GatewayResponse> {
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
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw awsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405, {
      Method: request.method,
      ResourceType: 'OBJECT',
    });
  }
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
  const get = (key: string) =>
    world
      .client(
        's3',
        { account: bucket.account, region: bucket.spec.region },
        anonymousPrincipal(bucket.account),
        request,
      )
      .GetObject({ Bucket: name, Key: key });
  return show(website, path, here, get);
}

type Get = (key: string) => Promise<GetObjectOutput>;

async function show(
  website: WebsiteConfiguration,
  path: string,
  here: { protocol: string; host: string },
  get: Get,
): Promise<GatewayResponse> {
  try {
    const object = await get(keyOfPath(path, website));
    if (object.WebsiteRedirectLocation !== undefined) {
      return redirect({ status: 301, location: object.WebsiteRedirectLocation });
    }
    return respond(200, object);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const folder = await folderIndex(website, path, get);
    if (folder) return redirect({ status: 302, location: `${path}/` });
    const key = path.replace(/^\//, '');
    const rule = findRule(website, key, error.statusCode);
    if (rule) return redirect(redirectionOf(rule, key, here));
    return showError(website, error, get);
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

async function showError(website: WebsiteConfiguration, error: AwsError, get: Get): Promise<GatewayResponse> {
  const status = error.statusCode;
  const key = website.ErrorDocument?.Key;
  if (key !== undefined) {
    try {
      return respond(status, await get(key));
    } catch (second) {
      if (!(second instanceof AwsError)) throw second;
    }
  }
  const title = status === 404 ? '404 Not Found' : status === 403 ? '403 Forbidden' : String(status);
  const items = [`Code: ${error.code}`, `Message: ${error.message}`].map((item) => `<li>${escapeText(item)}</li>`);
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'x-amz-error-code': error.code,
      'x-amz-error-message': error.message,
    },
    body: `<html>\n<head><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n<ul>\n${items.join('\n')}\n</ul>\n<hr/>\n</body>\n</html>\n`,
  };
}

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

function respond(status: number, object: GetObjectOutput): GatewayResponse {
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
