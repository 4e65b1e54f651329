// Every operation of every REST service is found by the request its own template describes; and S3's many namesakes.

import { describe, expect, test } from 'vitest';
import { services } from '../../generated/index.ts';
import { AwsError } from '../errors.ts';
import { loadServiceModel, type OperationModel, type ServiceId } from '../model.ts';
import { matchRestRoute } from './rest-routes.ts';

const restIds = services
  .filter(({ protocols }) => protocols.some((name) => name.startsWith('rest-')))
  .map(({ id }) => id);

function match(id: ServiceId, method: string, target: string, headers: Record<string, string> = {}) {
  const [path = '', query = ''] = target.split('?');
  const found = matchRestRoute(loadServiceModel(id), { method, path, query, headers });
  return found && { name: found.operation.name, labels: found.labels };
}

/** Requests that AWS itself tells apart by the host name, or by nothing. */
const indistinguishable = new Set([
  'ListDirectoryBuckets',
  'GetBucketLifecycle',
  'PutBucketLifecycle',
  'GetBucketNotification',
  'PutBucketNotification',
]);

test.each(restIds)('%s: every operation is found by its own template', (id) => {
  const model = loadServiceModel(id);
  for (const name of model.operationNames) {
    if (indistinguishable.has(name)) continue;
    const operation = model.operation(name) as OperationModel;
    const labels: Record<string, string> = {};
    const target = operation.http.requestUri.replace(/\{([\w-]+)(\+?)\}/g, (_whole, label: string, greedy: string) => {
      labels[label] = greedy ? `${label}/with/slashes and space` : `${label} %/é`;
      return greedy ? `${label}/with/slashes%20and%20space` : encodeURIComponent(labels[label] as string);
    });
    const required = operation.input.members.filter((member) => member.required);
    const query = required
      .filter(({ location }) => location === 'querystring')
      .map(({ locationName }) => `${locationName}=1`);
    const headers = Object.fromEntries(
      required.filter(({ location }) => location === 'header').map(({ locationName }) => [locationName ?? '', 'x']),
    );
    const whole = query.length === 0 ? target : `${target}${target.includes('?') ? '&' : '?'}${query.join('&')}`;
    expect(match(id, operation.http.method, whole, headers), `${name}: ${operation.http.method} ${whole}`).toEqual({
      name,
      labels,
    });
  }
});

describe('s3', () => {
  test.each([
    ['GET', '/', 'ListBuckets'],
    ['GET', '/b', 'ListObjects'],
    ['GET', '/b/', 'ListObjects'],
    ['GET', '/b?prefix=a', 'ListObjects'],
    ['GET', '/b?list-type=2', 'ListObjectsV2'],
    ['GET', '/b?list-type=1', 'ListObjects'],
    ['GET', '/b?lifecycle', 'GetBucketLifecycleConfiguration'],
    ['PUT', '/b?lifecycle=', 'PutBucketLifecycleConfiguration'],
    ['GET', '/b?inventory', 'ListBucketInventoryConfigurations'],
    ['GET', '/b?inventory&id=1', 'GetBucketInventoryConfiguration'],
    ['GET', '/b/k', 'GetObject'],
    ['GET', '/b/k?x-id=GetObject', 'GetObject'],
    ['GET', '/b/k?uploadId=1', 'ListParts'],
    ['PUT', '/b/k', 'PutObject'],
    ['PUT', '/b/k?partNumber=1&uploadId=2', 'UploadPart'],
    ['POST', '/b/k?uploads', 'CreateMultipartUpload'],
    ['POST', '/b/k?uploadId=2', 'CompleteMultipartUpload'],
    ['DELETE', '/b/k?uploadId=2', 'AbortMultipartUpload'],
    ['DELETE', '/b/k', 'DeleteObject'],
    ['HEAD', '/b', 'HeadBucket'],
    ['POST', '/b?delete', 'DeleteObjects'],
  ])('%s %s is %s', (method, target, name) => {
    expect(match('s3', method, target)?.name).toBe(name);
  });

  test('a copy is told by its header', () => {
    const headers = { 'x-amz-copy-source': '/b/k' };
    expect(match('s3', 'PUT', '/b/k', headers)?.name).toBe('CopyObject');
    expect(match('s3', 'PUT', '/b/k?partNumber=1&uploadId=2', headers)?.name).toBe('UploadPartCopy');
  });

  test('keys are taken as they are', () => {
    const keyOf = (path: string) => match('s3', 'GET', path)?.labels['Key'];
    expect(keyOf('/b/a/b/')).toBe('a/b/');
    expect(keyOf('/b//a')).toBe('/a');
    expect(keyOf('/b//')).toBe('/');
    expect(keyOf('/b/a%2Fb%20+c')).toBe('a/b +c');
    expect(keyOf('/b/../c')).toBe('../c');
  });

  test('a path that cannot be decoded is refused', () => {
    expect(() => match('s3', 'GET', '/b/%ff')).toThrow(AwsError);
  });
});

test('paths and methods that no operation has', () => {
  expect(match('s3', 'PATCH', '/b/k')).toBeUndefined();
  expect(match('s3', 'POST', '/b')).toBeUndefined();
  expect(match('lambda', 'GET', '/')).toBeUndefined();
  expect(match('lambda', 'GET', '/2015-03-31/functions/f/unknown')).toBeUndefined();
  expect(match('lambda', 'GET', '/2015-03-31/functions//policy')).toBeUndefined();
});

test('a slash at the end does not matter outside of S3', () => {
  for (const path of ['/2015-03-31/functions', '/2015-03-31/functions/'])
    expect(match('lambda', 'GET', path)?.name).toBe('ListFunctions');
  for (const path of ['/v2/apis', '/v2/apis/']) expect(match('apigatewayv2', 'GET', path)?.name).toBe('GetApis');
});
