// Makes replicas in the buckets that a bucket's rules name. A replica is a version of its own, whose bytes are copied.

import { servicePrincipal } from '../../aws/principal.ts';
import type { World } from '../../aws/service.ts';
import type { ReplicationRule } from '../../generated/s3.types.ts';
import { newUuid } from '../../kernel/ids.ts';
import { discardBody, openBody, receiveBody, releaseBodies } from './bodies.ts';
import { type BucketRow, buckets } from './buckets.table.ts';
import { placeOf } from './find-object.ts';
import { eventOf, type ObjectEvent, type Teller } from './outbox.ts';
import { replicationRules } from './replication-rules.ts';
import type { ObjectVersion, VersionRecord } from './version-record.ts';
import { getVersion, putVersion, updateVersion } from './versions.ts';

export async function replicate(world: World, bucket: BucketRow, event: ObjectEvent): Promise<void> {
  const { index } = world.drivers.objects;
  const place = placeOf(bucket, event.key);
  const record = await getVersion(index, place, event.versionId);
  if (!record) return; // it is gone already
  let isWhole = true;
  for (const rule of replicationRules(bucket.spec, event.key, record)) {
    const target = world.store.find(buckets, rule.Destination.Bucket.replace(/^.*:::/, ''));
    if (target?.spec.versioning === 'Enabled') await putReplica(world, target, event.key, record, rule);
    else isWhole = false;
  }
  if (record.kind !== 'object') return;
  const replication = isWhole ? 'COMPLETED' : 'FAILED';
  await updateVersion(index, place, event.versionId, (before) => ({ ...before, replication }));
}

async function putReplica(
  world: World,
  target: BucketRow,
  key: string,
  record: VersionRecord,
  rule: ReplicationRule,
): Promise<void> {
  const { objects } = world.drivers;
  const place = placeOf(target, key);
  const teller: Teller = {
    nowMs: world.clock.now(),
    requestId: newUuid(world.random),
    principal: servicePrincipal('s3', target.account),
    request: undefined,
  };
  const event = (written: VersionRecord) => eventOf(teller, target, 'ObjectCreated:Put', key, written);
  if (record.kind === 'marker') {
    const marker = {
      kind: 'marker',
      modifiedMs: record.modifiedMs,
      owner: target.account,
      replication: 'REPLICA',
    } as const;
    await putVersion(objects.index, place, {
      chance: world.random.bytes(18),
      record: (identity) => ({ ...marker, ...identity }),
    });
    return;
  }
  const body = await openBody(objects, record, { start: 0, end: record.bytes }, undefined);
  if (!body) return; // it was removed since
  const received = await receiveBody(body instanceof Uint8Array ? pieceOf(body) : body, {
    objects,
    random: world.random,
    algorithms: [],
  });
  try {
    const { released } = await putVersion(objects.index, place, {
      chance: world.random.bytes(18),
      writes: received.writes,
      record: (identity) => ({ ...replicaOf(record, target, rule), ...identity, body: received.ref }),
      event,
    });
    releaseBodies(objects, world.log, released);
  } catch (error) {
    await discardBody(objects, received);
    throw error;
  }
}

async function* pieceOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes;
}

/** All of the source, but for what says how its bytes lie here. */
function replicaOf(record: ObjectVersion, target: BucketRow, { Destination }: ReplicationRule): ObjectVersion {
  const { restore: _restore, uploadId: _uploadId, partCount: _partCount, ...rest } = record;
  const changesOwner = Destination.AccessControlTranslation?.Owner === 'Destination';
  return {
    ...rest,
    replication: 'REPLICA',
    storageClass: Destination.StorageClass ?? record.storageClass,
    ...(changesOwner && { owner: target.account, acl: undefined }),
  };
}
