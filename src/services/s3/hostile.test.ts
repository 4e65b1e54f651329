// What is sent to break something: keys that are paths, documents that grow, numbers beyond all bounds.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFileObjects } from '../../drivers/objects/file-objects.ts';
import { seededRandom } from '../../kernel/random.ts';
import { type Calls, createCalls, status } from './calls.testing.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';
import { signedFetch } from './signed-fetch.testing.ts';

const directory = mkdtempSync(join(tmpdir(), 'hostile-'));
const inside = join(directory, 'a', 'b', 'data');

let cloud: TestCloud;
let client: S3Client;
let calls: Calls;
let Bucket: string;

beforeAll(async () => {
  // On a real disk, where a path could lead out.
  const objects = openFileObjects({ directory: inside, durability: 'relaxed', random: seededRandom(3) });
  cloud = await startTestCloud([s3], { objects });
  client = cloud.client();
  calls = createCalls(client, 'hostile');
  Bucket = await calls.newBucket();
});
afterAll(async () => {
  await cloud.stop();
  await cloud.drivers.objects.close();
  rmSync(directory, { recursive: true, force: true });
});

const codeOf = async (answer: Response) => `${answer.status} ${/<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1]}`;

describe('a key', () => {
  const large = 'x'.repeat(20_000);
  const keys = [
    'a/../escaped',
    'a/b/../../escaped',
    '/escaped',
    '//etc/passwd',
    '..\\..\\escaped',
    '.',
    '...',
    'a/..b/escaped',
    'con\u0001trol\n',
    `${'d/'.repeat(500)}deep`,
    'k'.repeat(1024),
    'ü'.repeat(512),
    '%2e%2e%2fescaped',
    '*',
    'a\u202eb',
  ];

  test('is a name and never a path', async () => {
    for (const key of keys) {
      await calls.put(Bucket, key, large);
      expect(await calls.get(Bucket, key)).toBe(large);
    }
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
    expect(Contents).toHaveLength(keys.length);
    expect(readdirSync(join(directory, 'a', 'b'))).toEqual(['data']);
    expect(readdirSync(directory)).toEqual(['a']);
    const stored = readdirSync(join(inside, 'bodies'), { recursive: true }).map(String);
    expect(stored.filter((name) => /escaped|passwd|deep|kkk/.test(name))).toEqual([]);
    // No document can hold a control character.
    const Delete = { Objects: keys.filter((key) => !key.includes('\u0001')).map((Key) => ({ Key })) };
    expect((await client.send(new DeleteObjectsCommand({ Bucket, Delete }))).Errors).toBeUndefined();
  });

  test.each(['..', '../escaped', '../../../../escaped', '/../escaped', './../escaped', 'a/../../escaped', 'a/../..'])(
    'cannot lead out of its bucket: %s',
    async (key) => {
      const refused = { name: 'InvalidURI', ...status(400) };
      await expect(calls.put(Bucket, key)).rejects.toMatchObject(refused);
      await expect(calls.upload(Bucket, key, ['x'])).rejects.toMatchObject(refused);
      await calls.put(Bucket, 'source', 'x');
      const copy = new CopyObjectCommand({ Bucket, Key: key, CopySource: `${Bucket}/source` });
      await expect(client.send(copy)).rejects.toMatchObject(refused);
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'source' }));
      expect(readdirSync(join(directory, 'a', 'b'))).toEqual(['data']);
    },
  );

  test.each([`${'k'.repeat(1025)}`, 'ü'.repeat(513)])('cannot be longer than it may be', async (key) => {
    await expect(calls.put(Bucket, key)).rejects.toMatchObject({ name: 'KeyTooLongError', ...status(400) });
  });

  test.each([
    'a',
    'A'.repeat(10),
    'under_score',
    '-begins',
    'ends-',
    'two..dots',
    '192.168.5.4',
    'x'.repeat(64),
    'xn--a',
    'a-s3alias',
  ])('of a bucket cannot be %s', async (name) => {
    const answer = await signedFetch(cloud, { method: 'PUT', path: `/${encodeURIComponent(name)}` });
    expect(answer.status).toBe(400);
  });
});

describe('a document', () => {
  const put = (body: string, query: Readonly<Record<string, string>> = { tagging: '' }) =>
    signedFetch(cloud, { method: 'PUT', path: `/${Bucket}`, query, body });
  const bomb = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">${Array.from({ length: 10 }, (_, at) => `<!ENTITY a${at} "${`&a${at === 0 ? '' : at - 1};`.repeat(10)}">`).join('')}]>`;

  test.each([
    ['entities that grow', `${bomb}<Tagging><TagSet><Tag><Key>&a9;</Key><Value>v</Value></Tag></TagSet></Tagging>`],
    [
      'a file of this machine',
      '<!DOCTYPE t [<!ENTITY f SYSTEM "file:///etc/passwd">]><Tagging><TagSet><Tag><Key>&f;</Key><Value>v</Value></Tag></TagSet></Tagging>',
    ],
    ['an end that does not come', '<Tagging><TagSet><Tag><Key>a</Key>'],
    ['depth without end', `${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}`],
    ['other tags', '<Nothing/>'],
    ['no markup', 'tags, please'],
    ['bytes that are no text', '<Tagging>\u0000</Tagging>'],
  ])('of %s is refused', async (_what, body) => {
    expect(await codeOf(await put(body))).toMatch(/^400 (?:MalformedXML|InvalidRequest)$/);
  });

  test('that names too many keys is refused', async () => {
    const Objects = Array.from({ length: 1001 }, (_, at) => ({ Key: String(at) }));
    await expect(client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))).rejects.toMatchObject({
      name: 'MalformedXML',
    });
  });
});

describe('a number', () => {
  beforeAll(() => calls.put(Bucket, 'ten', '0123456789'));

  // https://www.rfc-editor.org/rfc/rfc9110#name-range: what is not understood is read over.
  test.each([
    ['bytes=0-99999999999999999999', 206, '0123456789'],
    ['bytes=-99999999999999999999', 206, '0123456789'],
    ['bytes=9-9', 206, '9'],
    ['bytes=-1', 206, '9'],
    ['bytes=10-', 416, undefined],
    [`bytes=${'9'.repeat(400)}-`, 416, undefined],
    ['bytes=-0', 416, undefined],
    ['bytes=5-2', 200, '0123456789'],
    ['bytes=0-1,3-4', 200, '0123456789'],
    ['bytes=a-b', 200, '0123456789'],
    ['lines=0-1', 200, '0123456789'],
    ['bytes=', 200, '0123456789'],
  ])('in a range: %s', async (range, code, text) => {
    const answer = await signedFetch(cloud, { method: 'GET', path: `/${Bucket}/ten`, headers: { range } });
    expect(answer.status).toBe(code);
    if (text !== undefined) expect(await answer.text()).toBe(text);
  });

  test.each(['0', '-1', '10001', '1e3', '99999999999999999999', 'one', '1.5'])(
    'of a part to read: %s',
    async (partNumber) => {
      const answer = await signedFetch(cloud, { method: 'GET', path: `/${Bucket}/ten`, query: { partNumber } });
      expect(answer.status).toBe(400);
    },
  );

  test('of a part that is not there', async () => {
    const ask = (method: string) => signedFetch(cloud, { method, path: `/${Bucket}/ten`, query: { partNumber: '2' } });
    expect(await codeOf(await ask('GET'))).toBe('400 InvalidPart');
    expect((await ask('HEAD')).status).toBe(416);
  });

  test.each(['-1', 'x', '99999999999999999999'])('of keys to list: %s', async (maximum) => {
    const query = { 'list-type': '2', 'max-keys': maximum };
    expect(await codeOf(await signedFetch(cloud, { method: 'GET', path: `/${Bucket}`, query }))).toBe(
      '400 InvalidArgument',
    );
  });

  test('of bytes that is less than what comes: the rest is no part of the request', async () => {
    const { hostname, port } = new URL(cloud.endpoint);
    const socket = connect(Number(port), hostname);
    const head = `PUT /${Bucket}/short HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 2\r\n\r\n`;
    socket.write(`${head}bar`);
    const pieces: Buffer[] = [];
    for await (const piece of socket) pieces.push(piece as Buffer);
    const statuses = Buffer.concat(pieces)
      .toString()
      .match(/HTTP\/1\.1 \d+/g);
    expect(statuses).toEqual(['HTTP/1.1 403', 'HTTP/1.1 400']);
  });

  test('of bytes that is more than any object has', async () => {
    await expect(calls.upload(Bucket, 'k', ['x'], { complete: { MpuObjectSize: 2 ** 53 - 1 } })).rejects.toMatchObject(
      status(400),
    );
  });
});
