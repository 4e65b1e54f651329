// S3 with versions: objects that are written over, deleted (which leaves a marker), and whose versions are deleted for good.

import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { randomInteger } from '../../src/kernel/random.ts';
import { attempt, clientConfiguration, inParallel, type Load, type LoadOptions } from './load.ts';

const workers = 3;
const Bucket = 'crash-versions';
const mostVersions = 10;

interface Version {
  readonly id: string;
  /** Of a delete marker, undefined. */
  readonly body: string | undefined;
}

/** One key: its versions, the latest first, and what was asked last when that was not answered. */
interface Lane {
  versions: readonly Version[];
  pending: 'put' | 'mark' | { readonly removed: string } | undefined;
  asked: number;
}

export function createVersionsLoad({ endpoint, random }: LoadOptions): Load {
  const s3 = new S3Client({ ...clientConfiguration(endpoint), forcePathStyle: true });
  const lanes: readonly Lane[] = Array.from({ length: workers }, () => ({
    versions: [],
    pending: undefined,
    asked: 0,
  }));
  let acknowledged = 0;

  const bodyOf = (index: number, n: number) => `${index}:${n} `.repeat(1 + (n % 5) * 2_000);

  async function put(lane: Lane, index: number): Promise<boolean> {
    lane.asked += 1;
    lane.pending = 'put';
    const body = bodyOf(index, lane.asked);
    const answer = await attempt(s3.send(new PutObjectCommand({ Bucket, Key: `key-${index}`, Body: body })));
    if (!answer.acknowledged) return false;
    lane.versions = [{ id: answer.output.VersionId ?? '', body }, ...lane.versions];
    return true;
  }

  async function mark(lane: Lane, index: number): Promise<boolean> {
    lane.pending = 'mark';
    const answer = await attempt(s3.send(new DeleteObjectCommand({ Bucket, Key: `key-${index}` })));
    if (!answer.acknowledged) return false;
    lane.versions = [{ id: answer.output.VersionId ?? '', body: undefined }, ...lane.versions];
    return true;
  }

  async function removeVersion(lane: Lane, index: number): Promise<boolean> {
    const { id } = lane.versions[randomInteger(random, lane.versions.length)] as Version;
    lane.pending = { removed: id };
    const answer = await attempt(s3.send(new DeleteObjectCommand({ Bucket, Key: `key-${index}`, VersionId: id })));
    if (!answer.acknowledged) return false;
    lane.versions = lane.versions.filter((version) => version.id !== id);
    return true;
  }

  async function found(index: number): Promise<readonly Version[]> {
    const Key = `key-${index}`;
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key }));
    const markers = (page.DeleteMarkers ?? []).map(({ VersionId = '', IsLatest }) => ({ id: VersionId, IsLatest }));
    const objects = (page.Versions ?? []).map(({ VersionId = '', IsLatest }) => ({ id: VersionId, IsLatest }));
    const known = new Map(lanes[index]?.versions.map(({ id }, at) => [id, at]));
    // The two lists come apart; what is not known yet is the latest.
    const inOrder = [...markers, ...objects].sort((a, b) => (known.get(a.id) ?? -1) - (known.get(b.id) ?? -1));
    expect(
      inOrder.map(({ IsLatest }) => IsLatest),
      `the latest of ${Key}`,
    ).toEqual(inOrder.map((_, at) => at === 0));
    const read = async (id: string) =>
      (await s3.send(new GetObjectCommand({ Bucket, Key, VersionId: id }))).Body?.transformToString();
    const isMarker = new Set(markers.map(({ id }) => id));
    return Promise.all(inOrder.map(async ({ id }) => ({ id, body: isMarker.has(id) ? undefined : await read(id) })));
  }

  /** What there may be, given that the last request may have been done or not. */
  function candidates({ versions, pending, asked }: Lane, index: number, latest: Version | undefined) {
    if (pending === undefined) return [versions];
    if (typeof pending === 'object') return [versions, versions.filter(({ id }) => id !== pending.removed)];
    const body = pending === 'put' ? bodyOf(index, asked) : undefined;
    return [versions, [{ id: latest?.id ?? '', body }, ...versions]];
  }

  return {
    name: 'S3 with versions',
    async prepare() {
      await s3.send(new CreateBucketCommand({ Bucket }));
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    },
    async work(isOver) {
      await inParallel(workers, async (index) => {
        const lane = lanes[index] as Lane;
        while (!isOver()) {
          const kind = lane.versions.length >= mostVersions ? 9 : randomInteger(random, 10);
          const act = kind < 6 || lane.versions.length === 0 ? put : kind < 8 ? mark : removeVersion;
          if (!(await act(lane, index))) return;
          lane.pending = undefined;
          acknowledged += 1;
        }
      });
    },
    async check() {
      for (const [index, lane] of lanes.entries()) {
        const versions = await found(index);
        expect(candidates(lane, index, versions[0]), `versions of key-${index}`).toContainEqual(versions);
        lane.versions = versions;
        lane.pending = undefined;
      }
    },
    summary: () => `${acknowledged} changes of versions`,
  };
}
