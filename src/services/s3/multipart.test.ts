// Uploads in parts through the official client: what is refused, what can be listed, copies as parts, checks of wholes.

import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Calls, createCalls, partBytes, status } from './calls.testing.ts';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';
import { s3 } from './s3.ts';

let cloud: TestCloud;
let client: S3Client;
let calls: Calls;

beforeAll(async () => {
  cloud = await startTestCloud([s3]);
  client = cloud.client();
  calls = createCalls(client, 'multipart');
});
afterAll(() => cloud.stop());

const big = Buffer.alloc(partBytes, 'abcdefghijklm');

async function start(more: object = {}) {
  const Bucket = await calls.newBucket();
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k', ...more }));
  return { Bucket, Key: 'k', UploadId };
}

type Place = Awaited<ReturnType<typeof start>>;

const putPart = (place: Place, PartNumber: number, Body: string | Buffer, more: object = {}) =>
  client.send(new UploadPartCommand({ ...place, PartNumber, Body, ...more }));

const complete = (place: Place, Parts: readonly object[], more: object = {}) =>
  client.send(new CompleteMultipartUploadCommand({ ...place, MultipartUpload: { Parts: [...Parts] }, ...more }));

describe('parts', () => {
  test('are listed page by page, and are gone after an abort', async () => {
    const place = await start();
    for (const number of [7, 2, 10_000]) await putPart(place, number, `part ${number}`);
    const first = await client.send(new ListPartsCommand({ ...place, MaxParts: 2 }));
    expect(first.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [2, 6],
      [7, 6],
    ]);
    expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '7' });
    const rest = await client.send(new ListPartsCommand({ ...place, PartNumberMarker: first.NextPartNumberMarker }));
    expect(rest.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([10_000]);
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: place.Bucket }));
    expect(Uploads).toMatchObject([{ Key: 'k', UploadId: place.UploadId }]);
    await client.send(new AbortMultipartUploadCommand(place));
    await expect(client.send(new ListPartsCommand(place))).rejects.toMatchObject({ name: 'NoSuchUpload' });
    await expect(client.send(new AbortMultipartUploadCommand(place))).rejects.toMatchObject({ name: 'NoSuchUpload' });
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket: place.Bucket }))).Uploads).toBeUndefined();
  });

  test.each([0, -1, 10_001, 2 ** 31])('of number %d are refused', async (number) => {
    await expect(putPart(await start(), number, 'x')).rejects.toMatchObject({
      name: 'InvalidArgument',
      ...status(400),
    });
  });

  test('of an upload that nobody started are refused', async () => {
    const { Bucket } = await start();
    for (const UploadId of ['none', '../../..', 'f'.repeat(48), ' ']) {
      const place = { Bucket, Key: 'k', UploadId };
      await expect(putPart(place, 1, 'x')).rejects.toMatchObject({ name: 'NoSuchUpload', ...status(404) });
    }
  });

  test('replace those of the same number, and only those that are named are kept', async () => {
    const place = await start();
    await putPart(place, 1, 'old');
    const { ETag } = await putPart(place, 1, 'new');
    await putPart(place, 2, 'not named');
    await complete(place, [{ PartNumber: 1, ETag }]);
    expect(await calls.get(place.Bucket, 'k')).toBe('new');
    const { bodies } = cloud.drivers.objects;
    expect(await bodies.sweep(async (ids) => ids.map(() => true))).toBe(0);
  });
});

describe('an upload cannot be completed', () => {
  test('with parts that are not there, or not those', async () => {
    const place = await start();
    const { ETag } = await putPart(place, 1, 'x');
    const wrongs = [[{ PartNumber: 2, ETag }], [{ PartNumber: 1, ETag: '"0123456789abcdef0123456789abcdef"' }]];
    for (const parts of wrongs) await expect(complete(place, parts)).rejects.toMatchObject({ name: 'InvalidPart' });
    await expect(complete(place, [])).rejects.toMatchObject({ name: 'MalformedXML' });
    await complete(place, [{ PartNumber: 1, ETag }]);
  });

  test('in another order', async () => {
    const place = await start();
    const [one, two] = [await putPart(place, 1, big), await putPart(place, 2, 'x')];
    const parts = [
      { PartNumber: 2, ETag: two.ETag },
      { PartNumber: 1, ETag: one.ETag },
    ];
    await expect(complete(place, parts)).rejects.toMatchObject({ name: 'InvalidPartOrder' });
  });

  test('with small parts before the last', async () => {
    const place = await start();
    const [one, two] = [await putPart(place, 1, 'small'), await putPart(place, 2, 'x')];
    const parts = [
      { PartNumber: 1, ETag: one.ETag },
      { PartNumber: 2, ETag: two.ETag },
    ];
    await expect(complete(place, parts)).rejects.toMatchObject({ name: 'EntityTooSmall' });
  });

  test('over an object that must not be there', async () => {
    const place = await start();
    await calls.put(place.Bucket, 'k', 'there');
    const { ETag } = await putPart(place, 1, 'x');
    const parts = [{ PartNumber: 1, ETag }];
    await expect(complete(place, parts, { IfNoneMatch: '*' })).rejects.toMatchObject(status(412));
    await expect(complete(place, parts, { IfMatch: '"x"' })).rejects.toMatchObject(status(412));
    const now = { IfMatch: (await calls.head(place.Bucket, 'k')).ETag };
    await expect(complete(place, parts, now)).rejects.toMatchObject({ name: 'ConditionalRequestConflict' });
  });

  test('under a condition when what was there was removed since', async () => {
    const { Bucket, Key } = await start();
    await calls.put(Bucket, Key, 'before');
    const create = new CreateMultipartUploadCommand({ Bucket, Key });
    const upload = async (between: () => Promise<unknown>) => {
      const { UploadId } = await client.send(create);
      const place = { Bucket, Key, UploadId };
      const { ETag } = await putPart(place, 1, 'part');
      await between();
      return complete(place, [{ PartNumber: 1, ETag }], { IfNoneMatch: '*' });
    };
    const removed = upload(() => client.send(new DeleteObjectCommand({ Bucket, Key })));
    await expect(removed).rejects.toMatchObject({ name: 'ConditionalRequestConflict' });
    await upload(async () => undefined);
    expect(await calls.get(Bucket, Key)).toBe('part');
  });

  test('when its size is not what was said', async () => {
    const place = await start();
    const { ETag } = await putPart(place, 1, 'four');
    const parts = [{ PartNumber: 1, ETag }];
    await expect(complete(place, parts, { MpuObjectSize: 5 })).rejects.toMatchObject({ name: 'InvalidRequest' });
    await complete(place, parts, { MpuObjectSize: 4 });
  });
});

describe('parts can be copied', () => {
  test('from ranges of another object', async () => {
    const place = await start();
    await calls.put(place.Bucket, 'source dir/ü+1', big);
    const CopySource = `${place.Bucket}/${encodeURIComponent('source dir/ü+1')}`;
    const copy = (PartNumber: number, CopySourceRange?: string) =>
      client.send(new UploadPartCopyCommand({ ...place, PartNumber, CopySource, CopySourceRange }));
    const whole = await copy(1);
    const range = await copy(2, 'bytes=13-25');
    await complete(place, [
      { PartNumber: 1, ETag: whole.CopyPartResult?.ETag },
      { PartNumber: 2, ETag: range.CopyPartResult?.ETag },
    ]);
    expect(await calls.get(place.Bucket, 'k', { PartNumber: 2 })).toBe('abcdefghijklm');
    expect((await calls.head(place.Bucket, 'k')).ContentLength).toBe(partBytes + 13);
  });

  test.each(['bytes=0', 'bytes=5-2', '0-1', 'bytes=-5', 'bytes=0-', `bytes=0-${'9'.repeat(40)}`])(
    'but not from %s',
    async (CopySourceRange) => {
      const place = await start();
      await calls.put(place.Bucket, 'source', 'short');
      const copy = new UploadPartCopyCommand({
        ...place,
        PartNumber: 1,
        CopySource: `${place.Bucket}/source`,
        CopySourceRange,
      });
      await expect(client.send(copy)).rejects.toMatchObject({
        name: expect.stringMatching(/InvalidArgument|InvalidRange/),
        ...status(400),
      });
    },
  );
});

const crcs = ['CRC32', 'CRC32C', 'CRC64NVME'] as const;

describe('the check of a whole', () => {
  test.each(crcs)('is that of all its bytes with %s', async (ChecksumAlgorithm) => {
    const Bucket = await calls.newBucket();
    const create = { ChecksumAlgorithm, ChecksumType: 'FULL_OBJECT' };
    const whole = await calls.upload(Bucket, 'parts', [big, 'tail'], { create, part: { ChecksumAlgorithm } });
    const single = await calls.put(Bucket, 'single', Buffer.concat([big, Buffer.from('tail')]), { ChecksumAlgorithm });
    const field = `Checksum${ChecksumAlgorithm}` as const;
    expect(whole).toMatchObject({ [field]: single[field], ChecksumType: 'FULL_OBJECT' });
  });

  test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)('is that of its parts’ with %s', async (algorithm) => {
    const Bucket = await calls.newBucket();
    const create = { ChecksumAlgorithm: algorithm };
    const whole = await calls.upload(Bucket, 'k', [big, 'tail'], { create, part: create });
    const attributes = await client.send(
      new GetObjectAttributesCommand({ Bucket, Key: 'k', ObjectAttributes: ['Checksum', 'ObjectParts'] }),
    );
    const field = `Checksum${algorithm}` as const;
    expect(whole[field]).toMatch(/=-2$/);
    expect(attributes.Checksum).toMatchObject({ ChecksumType: 'COMPOSITE', [field]: whole[field] });
    expect(attributes.ObjectParts).toMatchObject({ TotalPartsCount: 2 });
    if (algorithm !== 'SHA256') return;
    const digests = [big, 'tail'].map((part) => createHash('sha256').update(part).digest());
    expect(attributes.Checksum?.ChecksumSHA256).toBe(
      `${createHash('sha256').update(Buffer.concat(digests)).digest('base64')}-2`,
    );
    const { ObjectParts } = attributes;
    expect(ObjectParts?.Parts?.map((part) => part.ChecksumSHA256)).toEqual(digests.map((d) => d.toString('base64')));
  });

  test('is compared with what is said at the end', async () => {
    const place = await start({ ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    const { ETag, ChecksumCRC32 } = await putPart(place, 1, '123456789', { ChecksumAlgorithm: 'CRC32' });
    const parts = [{ PartNumber: 1, ETag, ChecksumCRC32 }];
    const wrong = { ChecksumType: 'FULL_OBJECT', ChecksumCRC32: 'AAAAAA==' };
    await expect(complete(place, parts, wrong)).rejects.toMatchObject({ name: 'BadDigest' });
    await complete(place, parts, { ChecksumType: 'FULL_OBJECT', ChecksumCRC32: 'y/Q5Jg==' });
  });

  test('is of one kind for all parts', async () => {
    const place = await start({ ChecksumAlgorithm: 'SHA256' });
    await expect(putPart(place, 1, 'x', { ChecksumAlgorithm: 'CRC32' })).rejects.toMatchObject({
      name: 'InvalidRequest',
    });
    await expect(start({ ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' })).rejects.toMatchObject({
      name: 'InvalidRequest',
    });
  });
});
