// S3: new objects of several sizes, one that is written over again and again, uploads in parts, and deletions.

import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { randomInteger, seededRandom } from '../../src/kernel/random.ts';
import { type Attempt, attempt, clientConfiguration, inParallel, type Load, type LoadOptions } from './load.ts';

const workers = 4;
const Bucket = 'crash-objects';
const sizes = [0, 100, 5_000, 20_000, 300_000, 2_000_000];
const partBytes = 5 * 1024 * 1024;

/** What an object may hold: the number its body was made of; undefined where there may be none. */
type Candidates = readonly (number | undefined)[];

export function createObjectsLoad({ endpoint, random }: LoadOptions): Load {
  const s3 = new S3Client({ ...clientConfiguration(endpoint), forcePathStyle: true });
  /** By key. More than one candidate where a request was not answered. */
  const expected = new Map<string, Candidates>();
  const unchecked = new Set<string>();
  let next = 0;
  let acknowledged = 0;
  let uploads = 0;

  const write = async (Key: string, request: (body: number) => Promise<unknown>): Promise<Attempt<unknown>> => {
    next += 1;
    const body = next;
    const before = expected.get(Key) ?? [undefined];
    expected.set(Key, [...before, body]);
    unchecked.add(Key);
    const answer = await attempt(request(body));
    if (answer.acknowledged) {
      expected.set(Key, [body]);
      acknowledged += 1;
    }
    return answer;
  };

  const put = (Key: string) =>
    write(Key, (body) =>
      s3.send(new PutObjectCommand({ Bucket, Key, Body: bodyOf(body), Metadata: { body: String(body) } })),
    );

  const upload = (Key: string) =>
    write(Key, async (body) => {
      const { UploadId } = await s3.send(
        new CreateMultipartUploadCommand({ Bucket, Key, Metadata: { body: String(body) } }),
      );
      const Parts = [];
      for (const PartNumber of [1, 2]) {
        const Body = partOf(body, PartNumber);
        const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
        Parts.push({ PartNumber, ETag });
      }
      uploads += 1;
      await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
    });

  /** One alone, several at once: each of those may be gone or not where the cloud did not answer. */
  async function remove(keys: readonly string[]): Promise<Attempt<unknown>> {
    for (const key of keys) {
      expected.set(key, [...(expected.get(key) ?? []), undefined]);
      unchecked.add(key);
    }
    const Objects = keys.map((Key) => ({ Key }));
    const answer = await attempt<unknown>(
      keys.length === 1
        ? s3.send(new DeleteObjectCommand({ Bucket, Key: keys[0] }))
        : s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } })),
    );
    if (answer.acknowledged) for (const key of keys) expected.set(key, [undefined]);
    return answer;
  }

  /** The number an object was made of, after its bytes were compared with what that number makes. */
  async function read(Key: string): Promise<number | undefined> {
    try {
      const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const body = Number(Metadata?.['body']);
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      const whole = Key.startsWith('parts/') ? Buffer.concat([partOf(body, 1), partOf(body, 2)]) : bodyOf(body);
      expect(bytes.equals(whole), `${Key} holds all of body ${body}, and nothing else`).toBe(true);
      return body;
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') return undefined;
      throw error;
    }
  }

  async function listAll(): Promise<readonly string[]> {
    const keys: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(new ListObjectsV2Command({ Bucket, ...(ContinuationToken && { ContinuationToken }) }));
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key as string));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    return keys;
  }

  return {
    name: 'S3',
    async prepare() {
      await s3.send(new CreateBucketCommand({ Bucket }));
    },
    async work(isOver) {
      await inParallel(workers, async (index) => {
        while (!isOver()) {
          const kind = randomInteger(random, 10);
          const old = [...expected].flatMap(([key, [body]]) =>
            key.startsWith(`new/${index}/`) && body !== undefined ? [key] : [],
          );
          let answer: Attempt<unknown>;
          if (index === 0) answer = await upload('parts/0');
          else if (kind < 5) answer = await put(`new/${index}/${next}`);
          else if (kind < 8) answer = await put(`again/${index}`);
          else if (old.length > 0) answer = await remove(old.slice(-1 - randomInteger(random, 5)));
          else continue;
          if (!answer.acknowledged) return;
        }
      });
    },
    async check() {
      for (const key of unchecked) {
        const found = await read(key);
        expect(expected.get(key), `${key} is what was acknowledged`).toContain(found);
        expected.set(key, [found]);
      }
      unchecked.clear();
      const wanted = [...expected].flatMap(([key, [body]]) => (body === undefined ? [] : [key]));
      expect(await listAll()).toEqual(wanted.sort());
    },
    summary: () => `${acknowledged} objects (${uploads} in parts)`,
  };
}

function bodyOf(body: number): Buffer {
  const size = sizes[body % sizes.length] as number;
  return Buffer.alloc(size, Buffer.from(seededRandom(body).bytes(64)));
}

function partOf(body: number, partNumber: number): Buffer {
  return Buffer.alloc(partNumber === 1 ? partBytes : 1000, Buffer.from(seededRandom(body * 2 + partNumber).bytes(64)));
}
