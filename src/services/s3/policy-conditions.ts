// The keys that conditions of bucket policies may ask for.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html

import { withHoistedHeaders } from '../../aws/hoisted-headers.ts';
import type { RequestContext } from '../../aws/operation.ts';
import type { ConditionValues } from '../../aws/policies/patterns.ts';
import { parseForm } from '../../aws/protocols/form.ts';
import { formatIso } from '../../kernel/clock.ts';
import type { BucketRow } from './buckets.table.ts';

export type Tags = Readonly<Record<string, string>>;

/** What an access is about, beyond what the request's head says. */
export interface ConditionFacts {
  /** Of the object that there is. */
  readonly existingTags?: Tags | undefined;
  /** That the request puts. */
  readonly requestTags?: Tags | undefined;
  readonly versionId?: string | undefined;
  /** More keys, in lower case: `s3:object-lock-mode`. */
  readonly more?: Readonly<Record<string, string | undefined>> | undefined;
}

type Caller = Pick<RequestContext, 'principal' | 'nowMs' | 'request'>;

/** Headers whose names are keys: `s3:x-amz-acl`. */
const headerKeys = [
  'x-amz-acl',
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-grant-full-control',
  'x-amz-grant-read',
  'x-amz-grant-read-acp',
  'x-amz-grant-write',
  'x-amz-grant-write-acp',
  'x-amz-metadata-directive',
  'x-amz-object-ownership',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-storage-class',
  'x-amz-website-redirect-location',
  'if-match',
  'if-none-match',
];

const queryKeys = ['prefix', 'delimiter', 'max-keys'];

export function conditionValues(ctx: Caller, bucket: BucketRow, facts: ConditionFacts): ConditionValues {
  const values = new Map<string, readonly string[]>();
  const set = (key: string, value: string | undefined) => value !== undefined && values.set(key, [value]);
  setCaller(set, ctx);
  set('s3:resourceaccount', bucket.account);
  set('aws:resourceaccount', bucket.account);
  set('s3:versionid', facts.versionId);
  for (const [key, value] of Object.entries(facts.existingTags ?? {})) {
    set(`s3:existingobjecttag/${key.toLowerCase()}`, value);
  }
  for (const tag of bucket.spec.tags ?? []) set(`aws:resourcetag/${tag.Key.toLowerCase()}`, tag.Value);
  for (const [key, value] of Object.entries(facts.requestTags ?? {})) {
    set(`s3:requestobjecttag/${key.toLowerCase()}`, value);
  }
  if (facts.requestTags) values.set('s3:requestobjecttagkeys', Object.keys(facts.requestTags));
  if (ctx.request) setRequest(set, ctx.request);
  for (const [key, value] of Object.entries(facts.more ?? {})) set(key, value);
  return values;
}

type Set = (key: string, value: string | undefined) => unknown;

function setCaller(set: Set, { principal, nowMs }: Caller): void {
  set('aws:currenttime', formatIso(nowMs, 'seconds'));
  set('aws:epochtime', String(Math.floor(nowMs / 1000)));
  set('aws:principaltype', principalTypes[principal.kind]);
  if (principal.kind === 'anonymous') return;
  set('aws:principalarn', principal.arn);
  set('aws:principalaccount', principal.account);
  set('aws:userid', principal.userId);
  set('aws:username', /:user\/(?:.*\/)?([^/]+)$/.exec(principal.arn)?.[1]);
  set('aws:principalisawsservice', String(principal.kind === 'service'));
}

const principalTypes: Readonly<Record<string, string>> = {
  anonymous: 'Anonymous',
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
  service: 'Service',
};

function setRequest(set: Set, { headers, query, remoteAddress }: NonNullable<RequestContext['request']>): void {
  const given = withHoistedHeaders(headers, query);
  for (const name of headerKeys) set(`s3:${name}`, given[name]);
  set('aws:sourceip', remoteAddress);
  set('aws:securetransport', String(headers['x-forwarded-proto'] === 'https'));
  set('aws:useragent', headers['user-agent']);
  set('aws:referer', headers['referer']);
  const isPresigned = query.includes('X-Amz-Signature=');
  const isSigned = headers['authorization'] !== undefined;
  if (isSigned || isPresigned) {
    set('s3:authtype', isPresigned ? 'REST-QUERY-STRING' : 'REST-HEADER');
    set('s3:signatureversion', 'AWS4-HMAC-SHA256');
  }
  for (const [name, value] of parseForm(query)) if (queryKeys.includes(name)) set(`s3:${name}`, value);
}
