// What can be changed of an object that is there: its tags, access list, retention and legal hold; and its restoration.

import { awsError } from '../../aws/errors.ts';
import type { AsyncOperationContext, AsyncOperations } from '../../aws/operation.ts';
import { answerStatus } from '../../aws/protocols/protocol.ts';
import type { RestoreObjectOutput, S3Api } from '../../generated/s3.types.ts';
import { formatIso } from '../../kernel/clock.ts';
import { describeGrants, isPublicAcl, privateAcl, requireAcl } from './acl.ts';
import type { BucketRow } from './buckets.table.ts';
import { describeOwner } from './canonical-users.ts';
import { type AboutObject, findObject, placeOf, shownVersionId } from './find-object.ts';
import { checkMayRetain, parseRetention, requireLockEnabled } from './object-locks.ts';
import { endOfRestore, isArchived } from './object-restore.ts';
import { checkTags, describeTags } from './object-tags.ts';
import { aclsNotSupported, checkNoAcl } from './object-traits.ts';
import { eventOf, type ObjectEvent, wakeOutbox } from './outbox.ts';
import { requireBucketRow } from './require-bucket.ts';
import { accessDenied, invalidArgument, malformedXml, noSuchKey } from './s3.errors.ts';
import type { ObjectVersion, Restore } from './version-record.ts';
import { updateVersion } from './versions.ts';

export const objectSettingOperations = {
  async GetObjectTagging(ctx, input) {
    const { bucket, record } = await findObject(ctx, input, 's3:GetObjectTagging');
    return { TagSet: describeTags(record.tags), VersionId: shownVersionId(bucket, record) };
  },

  async PutObjectTagging(ctx, input) {
    const tags = checkTags(input.Tagging.TagSet ?? []);
    const { bucket } = await findObject(ctx, input, 's3:PutObjectTagging', { requestTags: tags });
    const record = await change(ctx, bucket, input, (before) => ({ ...before, tags }), 'ObjectTagging:Put');
    return { VersionId: shownVersionId(bucket, record) };
  },

  async DeleteObjectTagging(ctx, input) {
    const { bucket } = await findObject(ctx, input, 's3:DeleteObjectTagging');
    const record = await change(ctx, bucket, input, ({ tags: _tags, ...rest }) => rest, 'ObjectTagging:Delete');
    return { VersionId: shownVersionId(bucket, record) };
  },

  async GetObjectAcl(ctx, input) {
    const { bucket, record } = await findObject(ctx, input, 's3:GetObjectAcl');
    const owner = bucket.spec.ownership === 'BucketOwnerEnforced' ? bucket.account : record.owner;
    const acl = bucket.spec.ownership === 'BucketOwnerEnforced' ? undefined : record.acl;
    const { spec } = bucket;
    return { Owner: describeOwner(owner, spec), Grants: describeGrants(acl ?? privateAcl(owner), spec) };
  },

  async PutObjectAcl(ctx, input) {
    const { bucket, record } = await findObject(ctx, input, 's3:PutObjectAcl');
    const acl = requireAcl(input, record.owner, bucket.account);
    if (bucket.spec.ownership === 'BucketOwnerEnforced') {
      if (input.AccessControlPolicy) throw aclsNotSupported();
      checkNoAcl(input);
      return {};
    }
    if (isPublicAcl(acl) && bucket.spec.publicAccessBlock?.BlockPublicAcls) throw accessDenied();
    await change(ctx, bucket, input, (before) => ({ ...before, acl }), 'ObjectAcl:Put');
    return {};
  },

  async GetObjectRetention(ctx, input) {
    const { bucket, record } = await findObject(ctx, input, 's3:GetObjectRetention');
    requireLockEnabled(bucket);
    if (!record.retention) throw noLockConfiguration();
    return { Retention: { Mode: record.retention.mode, RetainUntilDate: record.retention.untilMs } };
  },

  async PutObjectRetention(ctx, input) {
    requireBucketRow(ctx, input);
    const retention = parseRetention(ctx, input.Retention ?? {});
    const { bucket } = await findObject(ctx, input, 's3:PutObjectRetention');
    requireLockEnabled(bucket);
    const alter = (before: ObjectVersion): ObjectVersion => {
      checkMayRetain(ctx, bucket, input.Key, before, retention, input.BypassGovernanceRetention);
      const { retention: _retention, ...rest } = before;
      return { ...rest, ...(retention && { retention }) };
    };
    await change(ctx, bucket, input, alter, 'ObjectRetention:Put');
    return {};
  },

  async GetObjectLegalHold(ctx, input) {
    const { bucket, record } = await findObject(ctx, input, 's3:GetObjectLegalHold');
    requireLockEnabled(bucket);
    if (record.legalHold === undefined) throw noLockConfiguration();
    return { LegalHold: { Status: record.legalHold ? 'ON' : 'OFF' } };
  },

  async PutObjectLegalHold(ctx, input) {
    requireBucketRow(ctx, input);
    const status = input.LegalHold?.Status;
    if (status !== 'ON' && status !== 'OFF') throw malformedXml();
    const { bucket } = await findObject(ctx, input, 's3:PutObjectLegalHold');
    requireLockEnabled(bucket);
    await change(ctx, bucket, input, (before) => ({ ...before, legalHold: status === 'ON' }), 'ObjectLegalHold:Put');
    return {};
  },

  /** Here nothing is far away: what is asked for is ready at once, and stays for the days asked. */
  async RestoreObject(ctx, input) {
    const { bucket, record } = await findObject(ctx, input, 's3:RestoreObject');
    if (input.RestoreRequest?.SelectParameters) {
      throw awsError('NotImplemented', 'A header you provided implies functionality that is not implemented', 501);
    }
    if (!isArchived(record.storageClass)) {
      throw awsError('InvalidObjectState', "Restore is not allowed for the object's current storage class", 403, {
        StorageClass: record.storageClass,
      });
    }
    const days = input.RestoreRequest?.Days;
    if (days === undefined) throw malformedXml();
    if (days < 1) throw invalidArgument('restoration days should be at least 1', 'Days', String(days));
    const wasRestored = record.restore !== undefined && record.restore.expiresMs > ctx.nowMs;
    const restore: Restore = {
      requestedMs: record.restore?.requestedMs ?? ctx.nowMs,
      readyMs: ctx.nowMs,
      expiresMs: endOfRestore(ctx.nowMs, days),
    };
    // Asking and being done are told apart, though here they are the same moment.
    if (!wasRestored) await change(ctx, bucket, input, (before) => before, 'ObjectRestore:Post');
    await change(ctx, bucket, input, (before) => ({ ...before, restore }), 'ObjectRestore:Completed', {
      glacierEventData: {
        restoreEventData: {
          lifecycleRestorationExpiryTime: formatIso(restore.expiresMs),
          lifecycleRestoreStorageClass: record.storageClass,
        },
      },
    });
    const output: RestoreObjectOutput = wasRestored ? {} : accepted;
    return output;
  },
} satisfies AsyncOperations<S3Api>;

const accepted: RestoreObjectOutput & { readonly [answerStatus]: number } = { [answerStatus]: 202 };

async function change(
  ctx: AsyncOperationContext,
  bucket: BucketRow,
  { Key, VersionId }: AboutObject,
  alter: (record: ObjectVersion) => ObjectVersion,
  /** Nobody can ask to be notified of retention and legal holds; replicas follow them. */
  eventName: string,
  more?: ObjectEvent['more'],
): Promise<ObjectVersion> {
  const record = await updateVersion(ctx.drivers.objects.index, placeOf(bucket, Key), VersionId, alter, (changed) =>
    eventOf(ctx, bucket, eventName, Key, changed, more),
  );
  if (record?.kind !== 'object') throw noSuchKey(Key);
  wakeOutbox(ctx, bucket);
  return record;
}

function noLockConfiguration() {
  return awsError(
    'NoSuchObjectLockConfiguration',
    'The specified object does not have a ObjectLock configuration',
    404,
  );
}
