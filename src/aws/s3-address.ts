// Which bucket a host name means. S3 takes a bucket's name in the path or in front of its host; operations are routed
// by the path, so a name in the host is put there, while signatures are of the request as it came.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html

import type { GatewayRequest } from './request.ts';

type Addressed = Pick<GatewayRequest, 'path' | 'headers'>;

const domain = String.raw`(?:amazonaws\.com(?:\.cn)?|localhost\.localstack\.cloud|localhost)`;
const region = String.raw`[a-z]{2}(?:-[a-z]+)+-\d`;
const virtualHost = new RegExp(
  String.raw`^(.+)\.s3(?:[.-](?:dualstack\.)?${region}|\.dualstack\.${region}|-accelerate(?:\.dualstack)?|-external-1)?\.${domain}$`,
);
const websiteHost = new RegExp(String.raw`^(.+)\.s3-website(?:[.-]${region})?\.${domain}$`);
const bareHost = /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.localhost$/;

/** `photos` for `photos.s3.eu-west-1.amazonaws.com`, `photos.s3.localhost.localstack.cloud:4566`, `photos.localhost`. */
export function bucketOfHost(host: string): string | undefined {
  return lookedAt(host).bucket;
}

interface HostNames {
  readonly host: string;
  readonly bucket: string | undefined;
  readonly website: string | undefined;
}

let last: HostNames = { host: '', bucket: undefined, website: undefined };

/** Mostly the same host as before: the patterns take longer than all the rest of routing. */
function lookedAt(host: string): HostNames {
  if (host !== last.host) last = { host, bucket: parseBucketHost(host), website: parseWebsiteHost(host) };
  return last;
}

function parseBucketHost(host: string): string | undefined {
  const name = withoutPort(host);
  const virtual = virtualHost.exec(name)?.[1];
  if (virtual !== undefined) return virtual;
  const bare = bareHost.exec(name)?.[1];
  return bare !== undefined && !isServiceName(bare) ? bare : undefined;
}

/** `photos` for `photos.s3-website-us-east-1.amazonaws.com` and `photos.s3-website.localhost.localstack.cloud:4566`. */
export function bucketOfWebsiteHost(host: string): string | undefined {
  return lookedAt(host).website;
}

function parseWebsiteHost(host: string): string | undefined {
  return websiteHost.exec(withoutPort(host))?.[1];
}

/** The path as it would be were the bucket named in it. */
export function pathStyleOf({ path, headers }: Addressed): string {
  const bucket = bucketOfHost(headers['host'] ?? '');
  return bucket === undefined ? path : `/${bucket}${path}`;
}

/** Where an object is to be had, by the host that a request for its bucket named: in the host where S3's names are. */
export function objectUrl(headers: GatewayRequest['headers'], bucket: string, key: string): string {
  const host = headers['host'] ?? 'localhost';
  const path = encodeURIComponent(key).replace(/%2F/g, '/');
  if (bucketOfHost(host) === bucket) return `http://${host}/${path}`;
  const isEndpoint = /^s3[.-]/.test(host) && bucketOfHost(`${bucket}.${host}`) === bucket;
  return isEndpoint ? `http://${bucket}.${host}/${path}` : `http://${host}/${bucket}/${path}`;
}

/**
 * Whether an unsigned request that names no service can only be for S3: it names a bucket, and does not look like one of
 * the protocols whose services are told by their bodies or headers.
 */
export function looksLikeS3({
  method,
  path,
  query,
  headers,
}: Pick<GatewayRequest, 'method' | 'path' | 'query' | 'headers'>): boolean {
  const host = headers['host'] ?? '';
  if (bucketOfHost(host) !== undefined || bucketOfWebsiteHost(host) !== undefined) return true;
  // Nothing but S3 takes this old kind of signature.
  if (/^AWS /.test(headers['authorization'] ?? '')) return true;
  if (path === '/' || headers['x-amz-target'] !== undefined || /(?:^|&)Action=/.test(query)) return false;
  const contentType = headers['content-type'] ?? '';
  if (/^application\/(?:x-amz-json|x-www-form-urlencoded|cbor)/.test(contentType)) return method !== 'POST';
  if (method !== 'POST') return true;
  return /^multipart\/form-data/.test(contentType) || /(?:^|&)(?:delete|uploads|uploadId|restore|select)\b/.test(query);
}

function isServiceName(name: string): boolean {
  return name === 's3' || /^s3[.-]/.test(name);
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}
