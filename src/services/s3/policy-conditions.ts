// The keys that conditions of policies may ask for.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html

import type { KeyValue, Tags } from '../../aws/authorization.ts';
import { withHoistedHeaders } from '../../aws/hoisted-headers.ts';
import type { RequestContext } from '../../aws/operation.ts';
import type { ConditionValues } from '../../aws/policies/patterns.ts';
import { parseForm } from '../../aws/protocols/form.ts';
import { RequestConditions } from '../../aws/request-conditions.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { BucketRow } from './buckets.table.ts';

export type { Tags };

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

type Caller = Pick<RequestContext, 'principal' | 'policies' | 'nowMs' | 'region' | 'request'>;

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
  let own: ReadonlyMap<string, KeyValue> | undefined;
  return new RequestConditions({
    principal: ctx.principal,
    principalTags: ctx.policies.tags,
    organizationOf: ctx.policies.organizationOf,
    nowMs: ctx.nowMs,
    region: ctx.region,
    request: ctx.request,
    resourceAccount: bucket.account,
    resourceTags: () => tagsOf(bucket),
    own(key) {
      own ??= ownKeys(ctx, bucket, facts);
      return own.get(key);
    },
  });
}

const tagsOf = ({ spec }: BucketRow): Tags => tagsByKey(spec.tags);

/** S3's own, worked out when a policy first asks for one. */
function ownKeys(ctx: Caller, bucket: BucketRow, facts: ConditionFacts): ReadonlyMap<string, KeyValue> {
  const values = new Map<string, KeyValue>();
  const set = (key: string, value: KeyValue) => value !== undefined && values.set(key, value);
  const setTags = (family: string, tags: Tags = {}) => {
    for (const [key, value] of Object.entries(tags)) set(`s3:${family}/${key.toLowerCase()}`, value);
  };
  set('s3:resourceaccount', bucket.account);
  set('s3:versionid', facts.versionId);
  setTags('buckettag', tagsOf(bucket));
  setTags('existingobjecttag', facts.existingTags);
  setTags('requestobjecttag', facts.requestTags);
  if (facts.requestTags) set('s3:requestobjecttagkeys', Object.keys(facts.requestTags));
  if (ctx.request) setRequest(set, ctx.request);
  for (const [key, value] of Object.entries(facts.more ?? {})) set(key, value);
  return values;
}

function setRequest(
  set: (key: string, value: KeyValue) => unknown,
  { headers, query }: NonNullable<RequestContext['request']>,
): void {
  const given = withHoistedHeaders(headers, query);
  for (const name of headerKeys) set(`s3:${name}`, given[name]);
  const parameters = parseForm(query);
  const signature = signatureOf(headers['authorization'], parameters);
  set('s3:authtype', signature?.authType);
  set('s3:signatureversion', signature?.version);
  // The first of several, as operations read them: another would let in what was not asked about.
  for (const name of queryKeys) set(`s3:${name}`, parameters.find(([given]) => given === name)?.[1]);
}

/** Policies use the version to refuse the older, which S3 alone still takes. */
function signatureOf(authorization: string | undefined, parameters: ReadonlyArray<readonly [string, string]>) {
  const newer = 'AWS4-HMAC-SHA256';
  const older = 'AWS';
  if (authorization !== undefined)
    return { authType: 'REST-HEADER', version: authorization.startsWith(newer) ? newer : older };
  const names = new Set(parameters.map(([name]) => name));
  if (!names.has('X-Amz-Signature') && !names.has('Signature')) return undefined;
  return { authType: 'REST-QUERY-STRING', version: names.has('X-Amz-Signature') ? newer : older };
}
