// A browser's form that uploads a file: its fields are what headers are to PutObject, and a signed policy says what the
// form may contain. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html

import { defaultAccount } from '../../aws/account.ts';
import { awsError } from '../../aws/errors.ts';
import { parseTimestamp } from '../../aws/protocols/timestamps.ts';
import { parseXml, type XmlNode } from '../../aws/protocols/xml.ts';
import { escapeText } from '../../aws/protocols/xml-encode.ts';
import type { GatewayRequest, GatewayResponse } from '../../aws/request.ts';
import { objectUrl, pathStyleOf } from '../../aws/s3-address.ts';
import type { FrontWorld } from '../../aws/service.ts';
import type { PutObjectRequest } from '../../generated/s3.types.ts';
import { buckets } from './buckets.table.ts';
import { checksumAlgorithms, headerOf, parseAlgorithm } from './checksums.ts';
import { readForm } from './multipart-form.ts';
import { checkPostPolicy, type Fields, type SizeLimits } from './post-policy.ts';
import { identifyForm, missingField } from './post-signer.ts';
import { invalidArgument, invalidRequest, malformedXml, noSuchBucket, preconditionFailed } from './s3.errors.ts';

export async function answerForm(world: FrontWorld, request: GatewayRequest): Promise<GatewayResponse> {
  const [, name = '', ...rest] = pathStyleOf(request).split('/');
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) {
    throw preconditionFailed('Bucket POST must be of the enclosure-type multipart/form-data');
  }
  if (rest.join('') !== '') {
    throw awsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405, {
      Method: 'POST',
      ResourceType: 'OBJECT',
    });
  }
  const { fields, file, fileName, fileType } = await readForm(type, request.body);
  const key = keyOf(fields, fileName);
  const bucket = /^[\w.-]{3,255}$/.test(name) ? world.store.find(buckets, name) : undefined;
  const signer = identifyForm(world, fields, bucket?.account ?? defaultAccount);
  if (!bucket) throw noSuchBucket(name);
  const policy = fields.get('policy');
  const asked = new Map([...fields, ['bucket', name], ['key', key]]);
  const limits = policy === undefined ? undefined : checkPostPolicy(policy, asked, world.clock.now());
  const client = world.client('s3', { account: signer.principal.account, region: signer.region }, signer.principal, {
    ...request,
    method: 'POST',
    query: request.query,
    headers: request.headers,
    body: request.body,
    isGone: () => request.isGone(),
    get signal() {
      return request.signal;
    },
  });
  const stored = await client.PutObject({
    ...inputOf(fields, fileType),
    Bucket: name,
    Key: key,
    Body: limits ? limited(file, limits) : file,
  });
  const etag = stored.ETag ?? '';
  const location = objectUrl(request.headers, name, key);
  const checks = checksumAlgorithms.flatMap((algorithm) => {
    const value = stored[`Checksum${algorithm}`];
    return value === undefined ? [] : [[headerOf(algorithm), value] as const];
  });
  return answer(fields, {
    bucket: name,
    key,
    etag,
    location,
    versionId: stored.VersionId,
    checks: { ...Object.fromEntries(checks), 'x-amz-checksum-type': stored.ChecksumType ?? 'FULL_OBJECT' },
  });
}

/** Stands for the name that the file had on the user's machine. */
const fileNameMark = ['$', '{filename}'].join('');

function keyOf(fields: Fields, fileName: string | undefined): string {
  const key = fields.get('key');
  if (key === undefined) {
    throw missingField('key');
  }
  // A file that has no name leaves the mark as it is.
  const named = fileName === undefined ? key : key.replaceAll(fileNameMark, fileName.replace(/^.*[\\/]/, ''));
  if (named === '') throw invalidArgument('User key must have a length greater than 0.', 'key', '');
  return named;
}

const members = [
  ['acl', 'ACL'],
  ['cache-control', 'CacheControl'],
  ['content-disposition', 'ContentDisposition'],
  ['content-encoding', 'ContentEncoding'],
  ['content-language', 'ContentLanguage'],
  ['content-md5', 'ContentMD5'],
  ['content-type', 'ContentType'],
  ['expires', 'Expires'],
  ['x-amz-storage-class', 'StorageClass'],
  ['x-amz-website-redirect-location', 'WebsiteRedirectLocation'],
  ['x-amz-server-side-encryption', 'ServerSideEncryption'],
  ['x-amz-server-side-encryption-aws-kms-key-id', 'SSEKMSKeyId'],
  ['x-amz-server-side-encryption-context', 'SSEKMSEncryptionContext'],
  ['x-amz-server-side-encryption-customer-algorithm', 'SSECustomerAlgorithm'],
  ['x-amz-server-side-encryption-customer-key', 'SSECustomerKey'],
  ['x-amz-server-side-encryption-customer-key-md5', 'SSECustomerKeyMD5'],
  ['x-amz-object-lock-mode', 'ObjectLockMode'],
  ['x-amz-object-lock-legal-hold', 'ObjectLockLegalHoldStatus'],
  ['x-amz-grant-full-control', 'GrantFullControl'],
  ['x-amz-grant-read', 'GrantRead'],
  ['x-amz-grant-read-acp', 'GrantReadACP'],
  ['x-amz-grant-write-acp', 'GrantWriteACP'],
] as const satisfies readonly (readonly [string, keyof PutObjectRequest])[];

type FormInput = Omit<PutObjectRequest, 'Bucket' | 'Key' | 'Body'>;

function inputOf(fields: Fields, fileType: string | undefined): FormInput {
  const given = members.flatMap(([field, member]) => {
    const value = fields.get(field);
    return value === undefined ? [] : [[member, value]];
  });
  checkChecksumFields(fields);
  const checksums = checksumAlgorithms.flatMap((algorithm) => {
    const value = fields.get(headerOf(algorithm));
    return value === undefined ? [] : [[`Checksum${algorithm}`, value]];
  });
  const metadata = [...fields].flatMap(([name, value]) =>
    name.startsWith('x-amz-meta-') ? [[name.slice('x-amz-meta-'.length), value]] : [],
  );
  const until = fields.get('x-amz-object-lock-retain-until-date');
  const tagging = fields.get('tagging');
  return {
    ...(fileType !== undefined && { ContentType: fileType }),
    ...Object.fromEntries([...given, ...checksums]),
    ...(metadata.length > 0 && { Metadata: Object.fromEntries(metadata) }),
    ...(until !== undefined && { ObjectLockRetainUntilDate: parseTimestamp(until) }),
    ...(tagging !== undefined && { Tagging: tagHeaderOf(tagging) }),
  };
}

/** Each is of a kind that there is; that there is one at most is seen where the object is put. */
function checkChecksumFields(fields: Fields): void {
  const given = [...fields.keys()].filter(
    (name) => name.startsWith('x-amz-checksum-') && !/-(?:algorithm|type)$/.test(name),
  );
  const isUnknown = (name: string) => parseAlgorithm(name.slice('x-amz-checksum-'.length)) === undefined;
  if (given.some(isUnknown)) {
    throw invalidRequest('The algorithm type you specified in x-amz-checksum- header is invalid.');
  }
}

/** A form has its tags in XML. */
function tagHeaderOf(xml: string): string {
  let root: XmlNode;
  try {
    root = parseXml(xml);
  } catch {
    throw malformedXml();
  }
  const tags = root.children.find(({ name }) => name === 'TagSet')?.children ?? [];
  const textOf = (node: XmlNode, name: string) => node.children.find((child) => child.name === name)?.text ?? '';
  return tags
    .map((tag) => `${encodeURIComponent(textOf(tag, 'Key'))}=${encodeURIComponent(textOf(tag, 'Value'))}`)
    .join('&');
}

async function* limited(file: AsyncIterable<Uint8Array>, { least, most }: SizeLimits): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of file) {
    bytes += piece.byteLength;
    if (bytes > most) {
      throw awsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', 400, {
        ProposedSize: bytes,
        MaxSizeAllowed: most,
      });
    }
    yield piece;
  }
  if (bytes < least) {
    throw awsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', 400, {
      ProposedSize: bytes,
      MinSizeAllowed: least,
    });
  }
}

interface Uploaded {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
  readonly location: string;
  readonly versionId: string | undefined;
  /** Headers. */
  readonly checks: Readonly<Record<string, string>>;
}

function answer(fields: Fields, uploaded: Uploaded): GatewayResponse {
  const headers: Record<string, string> = {
    etag: uploaded.etag,
    location: uploaded.location,
    ...uploaded.checks,
    ...(uploaded.versionId !== undefined && { 'x-amz-version-id': uploaded.versionId }),
  };
  const redirect = redirectOf(fields.get('success_action_redirect') ?? fields.get('redirect'), uploaded);
  if (redirect !== undefined) return { status: 303, headers: { ...headers, location: redirect }, body: '' };
  const status = fields.get('success_action_status');
  if (status === '200') return { status: 200, headers, body: '' };
  if (status !== '201') return { status: 204, headers, body: '' };
  const { location, bucket, key, etag } = uploaded;
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>${escapeText(location)}</Location><Bucket>${escapeText(bucket)}</Bucket><Key>${escapeText(key)}</Key><ETag>${escapeText(etag)}</ETag></PostResponse>`;
  return { status: 201, headers: { ...headers, 'content-type': 'application/xml' }, body };
}

/** What is not a URL is read over. */
function redirectOf(text: string | undefined, { bucket, key, etag }: Uploaded): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  url.searchParams.set('bucket', bucket);
  url.searchParams.set('key', key);
  url.searchParams.set('etag', etag);
  return url.toString();
}
