// Documents in requests, and what their headers say of them. Over fetch: no client sends a wrong one.

import { createHash } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createChecksum } from './checksums.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';
import { signedFetch } from './signed-fetch.testing.ts';

let cloud: TestCloud;
const Bucket = 'documents';

beforeAll(async () => {
  cloud = await startTestCloud([s3]);
  await cloud.client().send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => cloud.stop());

const body = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>';
const md5Of = (text: string) => createHash('md5').update(text).digest('base64');
const crcOf = (text: string) => {
  const checksum = createChecksum('CRC64NVME');
  checksum.update(Buffer.from(text));
  return checksum.digest().toString('base64');
};

async function putTags(headers: Readonly<Record<string, string>>): Promise<string> {
  const answer = await signedFetch(cloud, { method: 'PUT', path: `/${Bucket}`, query: { tagging: '' }, headers, body });
  return answer.ok ? 'OK' : (/<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1] ?? '');
}

test.each([
  ['the right MD5', { 'content-md5': md5Of(body) }, 'OK'],
  ['the right checksum', { 'x-amz-checksum-crc64nvme': crcOf(body) }, 'OK'],
  ['the MD5 of something else', { 'content-md5': md5Of('else') }, 'BadDigest'],
  ['the checksum of something else', { 'x-amz-checksum-crc64nvme': crcOf('else') }, 'BadDigest'],
  ['no MD5 at all', { 'content-md5': 'none' }, 'InvalidDigest'],
  ['nothing', {}, 'InvalidRequest'],
])('with %s', async (_what, headers, outcome) => {
  expect(await putTags(headers)).toBe(outcome);
});
