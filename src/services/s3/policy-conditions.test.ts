import { describe, expect, it } from 'vitest';
import { noPolicies } from '../../aws/authorize.ts';
import { rootPrincipal } from '../../aws/principal.ts';
import type { GatewayRequest } from '../../aws/request.ts';
import type { BucketRow } from './buckets.table.ts';
import { conditionValues } from './policy-conditions.ts';

const account = '000000000000';
const bucket = { account, id: 'bucket', spec: {} } as BucketRow;

function valuesOf(request: Partial<GatewayRequest>, ...keys: readonly string[]) {
  const ctx = {
    principal: rootPrincipal(account),
    policies: noPolicies,
    nowMs: 0,
    region: 'us-east-1',
    request: { method: 'GET', path: '/bucket', query: '', headers: {}, ...request } as GatewayRequest,
  };
  const values = conditionValues(ctx, bucket, {});
  return keys.map((key) => values.get(key)?.[0]);
}

describe('conditions of bucket policies', () => {
  it('see the parameter that the operation reads, where there are several of the name', () => {
    const query = 'prefix=secret%2F&max-keys=5&prefix=home%2F&max-keys=1';
    expect(valuesOf({ query }, 's3:prefix', 's3:max-keys', 's3:delimiter')).toEqual(['secret/', '5', undefined]);
  });

  it('tell the older signatures from the newer', () => {
    const keys = ['s3:authtype', 's3:signatureversion'] as const;
    const of = (authorization: string) => valuesOf({ headers: { authorization } }, ...keys);
    expect(of('AWS4-HMAC-SHA256 Credential=test/…')).toEqual(['REST-HEADER', 'AWS4-HMAC-SHA256']);
    expect(of('AWS test:c2lnbmF0dXJl')).toEqual(['REST-HEADER', 'AWS']);
    const presigned = (query: string) => valuesOf({ query }, ...keys);
    expect(presigned('X-Amz-Credential=test&X-Amz-Signature=0')).toEqual(['REST-QUERY-STRING', 'AWS4-HMAC-SHA256']);
    expect(presigned('AWSAccessKeyId=test&Signature=0&Expires=1')).toEqual(['REST-QUERY-STRING', 'AWS']);
    expect(valuesOf({}, ...keys)).toEqual([undefined, undefined]);
  });
});
