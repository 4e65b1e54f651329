// Names of buckets in hosts, and which unsigned requests can only be for S3.

import { describe, expect, test } from 'vitest';
import { routeRestOperation, routeService } from './route.ts';
import { bucketOfHost, bucketOfWebsiteHost, looksLikeS3, pathStyleOf } from './s3-address.ts';

describe('a host names a bucket', () => {
  test.each([
    ['photos.s3.amazonaws.com', 'photos'],
    ['my.photos.s3.eu-west-1.amazonaws.com', 'my.photos'],
    ['photos.s3-eu-west-1.amazonaws.com', 'photos'],
    ['photos.s3.dualstack.eu-west-1.amazonaws.com', 'photos'],
    ['photos.s3-accelerate.amazonaws.com', 'photos'],
    ['photos.s3.localhost.localstack.cloud:4566', 'photos'],
    ['photos.s3.us-east-1.localhost.localstack.cloud:4566', 'photos'],
    ['photos.s3.localhost:4566', 'photos'],
    ['photos.localhost:4566', 'photos'],
    ['s3.amazonaws.com', undefined],
    ['s3.us-east-1.amazonaws.com', undefined],
    ['s3.localhost.localstack.cloud:4566', undefined],
    ['s3.localhost', undefined],
    ['localhost:4566', undefined],
    ['127.0.0.1:4566', undefined],
    ['sqs.us-east-1.amazonaws.com', undefined],
    ['photos.s3-website-us-east-1.amazonaws.com', undefined],
  ])('%s', (host, bucket) => {
    expect(bucketOfHost(host)).toBe(bucket);
  });

  test.each([
    ['photos.s3-website-us-east-1.amazonaws.com', 'photos'],
    ['www.example.com.s3-website.eu-west-1.amazonaws.com', 'www.example.com'],
    ['photos.s3-website.localhost.localstack.cloud:4566', 'photos'],
    ['photos.s3.amazonaws.com', undefined],
  ])('with a website: %s', (host, bucket) => {
    expect(bucketOfWebsiteHost(host)).toBe(bucket);
  });

  test('and the path then begins with it', () => {
    expect(pathStyleOf({ path: '/a%2Fb/', headers: { host: 'photos.s3.amazonaws.com' } })).toBe('/photos/a%2Fb/');
    expect(pathStyleOf({ path: '/photos/a', headers: { host: 's3.amazonaws.com' } })).toBe('/photos/a');
  });
});

const request = (method: string, path: string, headers: Record<string, string> = {}, query = '') => ({
  method,
  path,
  query,
  headers,
  body: undefined as never,
  isGone: () => false,
  signal: new AbortController().signal,
});

describe('an unsigned request', () => {
  test.each([
    ['GET', '/photos/a.jpg', {}, '', true],
    ['PUT', '/photos/a.json', { 'content-type': 'application/json' }, '', true],
    ['OPTIONS', '/photos/a.jpg', {}, '', true],
    ['POST', '/photos', { 'content-type': 'multipart/form-data; boundary=x' }, '', true],
    ['POST', '/photos', {}, 'delete', true],
    ['POST', '/photos', { 'content-type': 'application/x-www-form-urlencoded' }, '', false],
    ['POST', '/', { 'x-amz-target': 'DynamoDB_20120810.ListTables' }, '', false],
    ['GET', '/', {}, 'Action=GetCallerIdentity', false],
    ['GET', '/', {}, '', false],
    ['GET', '/', { host: 'photos.localhost' }, '', true],
  ])('%s %s %o ?%s', (method, path, headers, query, isS3) => {
    expect(looksLikeS3(request(method, path, headers as Record<string, string>, query))).toBe(isS3);
  });

  test('to a bucket’s host is routed by the path within the bucket', () => {
    const hosted = request('GET', '/a/b%20c', { host: 'photos.s3.eu-west-1.amazonaws.com' });
    const service = routeService(hosted, undefined);
    expect(routeRestOperation(service!, hosted)).toMatchObject({
      operation: { name: 'GetObject' },
      pathLabels: { Bucket: 'photos', Key: 'a/b c' },
    });
  });

  test('to another service’s host is that service’s', () => {
    expect(routeService(request('GET', '/x', { host: 'sqs.localhost:4566' }), undefined)?.candidates[0]?.id).toBe(
      'sqs',
    );
  });
});
