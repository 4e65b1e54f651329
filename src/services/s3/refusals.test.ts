// How S3 words what is wrong with a request, and what it takes although it looks wrong: as answers of AWS that others
// have written down show it.

import { GetObjectCommand, PutBucketTaggingCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Calls, createCalls, status } from './calls.testing.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';
import { signedFetch } from './signed-fetch.testing.ts';

let cloud: TestCloud;
let client: S3Client;
let calls: Calls;
let Bucket: string;

beforeAll(async () => {
  cloud = await startTestCloud([s3]);
  client = cloud.client();
  calls = createCalls(client, 'refusals');
  Bucket = await calls.newBucket();
  await calls.put(Bucket, 'k', 'hello');
  await calls.put(Bucket, 'empty', '');
});
afterAll(() => cloud.stop());

interface Asked {
  readonly method?: string;
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

async function refusalOf({ method = 'GET', key = 'k', ...more }: Asked) {
  const answer = await signedFetch(cloud, { method, path: `/${Bucket}/${key}`, ...more });
  const text = await answer.text();
  const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  return {
    status: answer.status,
    code: element('Code'),
    message: element('Message'),
    argument: [element('ArgumentName'), element('ArgumentValue')],
  };
}

const invalidArgument = (message: string, ...argument: readonly [string?, string?]) => ({
  status: 400,
  code: 'InvalidArgument',
  message,
  argument: [argument[0], argument[1]],
});
const invalidRequest = (message: string) => ({ status: 400, code: 'InvalidRequest', message });

const partNumberRange = 'Part number must be an integer between 1 and 10000, inclusive';
const wormPair = 'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied';
const dates = { future: '2099-01-01T00:00:00Z' };

test.each<[string, Asked, object]>([
  [
    'a part number out of range, wherever the object is',
    { key: 'not-there', query: { partNumber: '0' } },
    invalidArgument(partNumberRange, 'partNumber', '0'),
  ],
  [
    'no attributes',
    { query: { attributes: '' }, headers: { 'x-amz-object-attributes': '' } },
    invalidRequest(
      'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
    ),
  ],
  [
    'the attributes header left out',
    { query: { attributes: '' } },
    invalidRequest(
      'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
    ),
  ],
  [
    'attributes that there are not',
    { query: { attributes: '' }, headers: { 'x-amz-object-attributes': 'ETag,ETags' } },
    invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', 'ETags'),
  ],
  [
    'a lock where there is no Object Lock',
    { method: 'PUT', headers: { 'x-amz-object-lock-legal-hold': 'ON' } },
    invalidRequest('Bucket is missing ObjectLockConfiguration'),
  ],
  [
    'a legal hold that is neither on nor off',
    { method: 'PUT', headers: { 'x-amz-object-lock-legal-hold': 'MAYBE' } },
    invalidArgument("Legal Hold must be either of 'ON' or 'OFF'", 'x-amz-object-lock-legal-hold', 'MAYBE'),
  ],
  [
    'half a retention',
    { method: 'PUT', headers: { 'x-amz-object-lock-retain-until-date': dates.future } },
    invalidArgument(wormPair, 'x-amz-object-lock-mode'),
  ],
  [
    'a retention until no date',
    {
      method: 'PUT',
      headers: { 'x-amz-object-lock-mode': 'GOVERNANCE', 'x-amz-object-lock-retain-until-date': 'soon' },
    },
    invalidArgument(
      'The retain until date must be provided in ISO 8601 format',
      'x-amz-object-lock-retain-until-date',
      'soon',
    ),
  ],
  [
    'a part without an upload',
    { method: 'PUT', query: { partNumber: '1' } },
    invalidArgument('This operation does not accept partNumber without uploadId', 'partNumber', 'partNumber'),
  ],
  ['an upload without a part', { method: 'PUT', query: { uploadId: 'x' } }, { status: 405, code: 'MethodNotAllowed' }],
  [
    'uploads of a key',
    { query: { uploads: '' } },
    invalidRequest('Key is not expected for the GET method ?uploads subresource'),
  ],
  [
    'versions of a key',
    { query: { versions: '' } },
    invalidRequest('There is no such thing as the ?versions sub-resource for a key'),
  ],
  [
    'what is no id of a version',
    { key: 'not-there', query: { versionId: 'v1' } },
    invalidArgument('Invalid version id specified', 'versionId', 'v1'),
  ],
  [
    'a kind of checksum that there is not',
    {
      method: 'POST',
      query: { uploads: '' },
      headers: { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'x' },
    },
    invalidRequest('Value for x-amz-checksum-type header is invalid.'),
  ],
  [
    'a copy of metadata in a way that there is not',
    { method: 'PUT', headers: { 'x-amz-copy-source': '/b/k', 'x-amz-metadata-directive': 'X' } },
    invalidArgument('Unknown metadata directive.', 'x-amz-metadata-directive', 'X'),
  ],
  [
    'tags without keys',
    { method: 'PUT', headers: { 'x-amz-tagging': '=x' } },
    invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      'x-amz-tagging',
      '=x',
    ),
  ],
])('%s', async (_what, asked, expected) => {
  expect(await refusalOf(asked)).toMatchObject(expected);
});

test.each([
  ['-5', 'Argument maxKeys must be an integer between 0 and 2147483647', 'maxKeys'],
  [String(2 ** 31), 'Provided max-keys not an integer or within integer range', 'max-keys'],
])('a page of %s keys', async (size, message, name) => {
  expect(await refusalOf({ key: '', query: { 'max-keys': size } })).toEqual(invalidArgument(message, name, size));
});

test('more than fifty tags of a bucket', async () => {
  const TagSet = Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
  await expect(client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))).rejects.toMatchObject({
    name: 'BadRequest',
    message: 'Bucket tag count cannot be greater than 50',
  });
});

describe('an empty object', () => {
  const read = (more: object) => client.send(new GetObjectCommand({ Bucket, Key: 'empty', ...more }));

  test('has an end, which is all of it, and no beginning', async () => {
    const end = await read({ Range: 'bytes=-10' });
    expect(end).toMatchObject({ ...status(200), ContentLength: 0 });
    expect(end.ContentRange).toBeUndefined();
    await expect(read({ Range: 'bytes=0-' })).rejects.toMatchObject({ name: 'InvalidRange', ...status(416) });
    await expect(read({ Range: 'bytes=-0' })).rejects.toMatchObject(status(416));
  });

  test('is its own first part', async () => {
    const part = await read({ PartNumber: 1 });
    expect(part.ContentLength).toBe(0);
    expect(part.ContentRange).toBeUndefined();
  });
});

test('a range with blanks in it is read over', async () => {
  const { ContentLength } = await client.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes= -1' }));
  expect(ContentLength).toBe(5);
});
