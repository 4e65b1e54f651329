// DeleteBucket, HeadBucket, GetBucketLocation. CreateBucket and ListBuckets have files of their own.

import { type AwsError, awsError } from '../../aws/errors.ts';
import type { AsyncOperations } from '../../aws/operation.ts';
import { answerHeaders } from '../../aws/protocols/protocol.ts';
import type { S3Api } from '../../generated/s3.types.ts';
import { requireAccess } from './access.ts';
import { type BucketRow, buckets } from './buckets.table.ts';
import { requireBucket, requireBucketRow } from './require-bucket.ts';
import { noSuchBucket } from './s3.errors.ts';
import { dropUploads } from './uploads.ts';
import { closeGate } from './versions.ts';

export const bucketOperations = {
  async DeleteBucket(ctx, input) {
    const bucket = requireBucketRow(ctx, input);
    requireAccess(ctx, { bucket, action: 's3:DeleteBucket' });
    const { bucketId } = bucket.spec;
    if (!(await closeGate(ctx.drivers.objects.index, bucketId))) throw bucketNotEmpty(bucket);
    ctx.transact((inner) => {
      if (inner.find(buckets, input.Bucket)?.spec.bucketId !== bucketId) throw noSuchBucket(input.Bucket);
      inner.tableIn(buckets, bucket).remove(input.Bucket);
    });
    await dropUploads(ctx.drivers.objects, bucketId);
    return {};
  },

  async HeadBucket(ctx, input) {
    const { spec, id } = requireBucket(ctx, input, 's3:ListBucket');
    return {
      BucketRegion: spec.region,
      AccessPointAlias: false,
      BucketArn: `arn:aws:s3:::${id}`,
      // Of the document that there would be.
      [answerHeaders]: { 'content-type': 'application/xml' },
    };
  },

  async GetBucketLocation(ctx, input) {
    const { region, location = region } = requireBucket(ctx, input, 's3:GetBucketLocation').spec;
    return region === 'us-east-1' ? {} : { LocationConstraint: location as 'eu-west-1' };
  },
} satisfies AsyncOperations<S3Api>;

function bucketNotEmpty({ id, spec }: BucketRow): AwsError {
  const more = spec.versioning ? '. You must delete all versions in the bucket.' : '';
  return awsError('BucketNotEmpty', `The bucket you tried to delete is not empty${more}`, 409, { BucketName: id });
}
