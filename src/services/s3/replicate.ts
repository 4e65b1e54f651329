// Makes replicas in the buckets that a bucket's rules name. A replica has the id and the age of the version that it is
// of, so that it finds its place among the others whenever it arrives, and later changes of tags, lists and locks find
// it. https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html

import { servicePrincipal } from '../../aws/principal.ts';
import type { World } from '../../aws/service.ts';
import type { ReplicationRule } from '../../generated/s3.types.ts';
import { newUuid } from '../../kernel/ids.ts';
import { releaseBodies } from './bodies.ts';
import { type BucketRow, buckets } from './buckets.table.ts';
import { copyBodyRef, discardCopy } from './copied-bodies.ts';
import { placeOf } from './find-object.ts';
import { eventOf, type ObjectEvent, type Teller } from './outbox.ts';
import { mayReplicate } from './replication-access.ts';
import { isChangeOfSettings, replicationRules } from './replication-rules.ts';
import type { DeleteMarker, Encryption, ObjectVersion, VersionRecord } from './version-record.ts';
import { getVersion, placeVersion, updateVersion } from './versions.ts';

export async function replicate(world: World, bucket: BucketRow, event: ObjectEvent): Promise<void> {
  const { index } = world.drivers.objects;
  const place = placeOf(bucket, event.key);
  const record = await getVersion(index, place, event.versionId);
  if (!record) return; // it is gone already
  let isWhole = true;
  for (const rule of replicationRules(bucket.spec, event.key, record)) {
    const target = world.store.find(buckets, rule.Destination.Bucket.replace(/^.*:::/, ''));
    const action = record.kind === 'marker' ? 's3:ReplicateDelete' : 's3:ReplicateObject';
    const isOpen = target && mayReplicate(bucket, target, action, event.key, world.clock.now());
    if (target?.spec.versioning !== 'Enabled' || !isOpen) isWhole = false;
    else if (record.kind === 'marker') await putMarker(world, target, event.key, record);
    else if (isChangeOfSettings(event.name)) await changeReplica(world, target, event.key, record, rule);
    else await putReplica(world, target, event.key, record, rule);
  }
  if (record.kind !== 'object') return;
  const replication = isWhole ? 'COMPLETED' : 'FAILED';
  await updateVersion(index, place, event.versionId, (before) => ({ ...before, replication }));
}

async function putMarker(world: World, target: BucketRow, key: string, marker: DeleteMarker): Promise<void> {
  const record: VersionRecord = { ...marker, owner: target.account, replication: 'REPLICA' };
  await placeVersion(world.drivers.objects.index, placeOf(target, key), { record });
}

/** A replica that was removed meanwhile stays so. */
async function changeReplica(
  world: World,
  target: BucketRow,
  key: string,
  record: ObjectVersion,
  rule: ReplicationRule,
): Promise<void> {
  await updateVersion(world.drivers.objects.index, placeOf(target, key), record.versionId, (replica) => ({
    ...replicaOf(record, target, rule),
    body: replica.body,
    storageClass: replica.storageClass,
    encryption: replica.encryption,
    ...(replica.restore && { restore: replica.restore }),
  }));
}

async function putReplica(
  world: World,
  target: BucketRow,
  key: string,
  record: ObjectVersion,
  rule: ReplicationRule,
): Promise<void> {
  const { objects } = world.drivers;
  const copied = await copyBodyRef(objects, { random: world.random, nowMs: world.clock.now() }, record.body);
  if (!copied) return; // it was removed since
  const teller: Teller = {
    nowMs: world.clock.now(),
    requestId: newUuid(world.random),
    principal: servicePrincipal('s3', target.account),
    request: undefined,
  };
  try {
    const { released } = await placeVersion(objects.index, placeOf(target, key), {
      record: { ...replicaOf(record, target, rule), body: copied.ref },
      writes: copied.writes,
      event: (written) => eventOf(teller, target, 'ObjectCreated:Put', key, written),
    });
    releaseBodies(objects, world.log, released);
  } catch (error) {
    await discardCopy(objects, copied);
    throw error;
  }
}

/** All of the source, its parts and its date included. */
function replicaOf(record: ObjectVersion, target: BucketRow, { Destination }: ReplicationRule): ObjectVersion {
  const { restore: _restore, uploadId: _uploadId, acl, ...rest } = record;
  const changesOwner = Destination.AccessControlTranslation?.Owner === 'Destination';
  return {
    ...rest,
    replication: 'REPLICA',
    storageClass: Destination.StorageClass ?? record.storageClass,
    encryption: encryptionOfReplica(record.encryption, Destination.EncryptionConfiguration?.ReplicaKmsKeyID),
    ...(changesOwner ? { owner: target.account } : acl && { acl }),
  };
}

function encryptionOfReplica(encryption: Encryption, keyId: string | undefined): Encryption {
  return keyId !== undefined && encryption.kind.startsWith('aws:kms')
    ? ({ ...encryption, keyId } as Encryption)
    : encryption;
}
