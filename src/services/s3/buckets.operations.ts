// DeleteBucket, HeadBucket, ListBuckets, GetBucketLocation. CreateBucket has a file of its own.

import { type AwsError, awsError } from '../../aws/errors.ts';
import type { AsyncOperations } from '../../aws/operation.ts';
import { paginate } from '../../aws/paginate.ts';
import { answerHeaders } from '../../aws/protocols/protocol.ts';
import type { S3Api } from '../../generated/s3.types.ts';
import { requireAccess } from './access.ts';
import { buckets } from './buckets.table.ts';
import { describeOwner } from './canonical-users.ts';
import { requireBucket, requireBucketRow } from './require-bucket.ts';
import { accessDenied, invalidArgument, noSuchBucket } from './s3.errors.ts';
import { dropUploads } from './uploads.ts';
import { closeGate } from './versions.ts';

const mostOnPage = 10_000;

export const bucketOperations = {
  async DeleteBucket(ctx, input) {
    const bucket = requireBucketRow(ctx, input);
    requireAccess(ctx, { bucket, action: 's3:DeleteBucket' });
    const { bucketId } = bucket.spec;
    if (!(await closeGate(ctx.drivers.objects.index, bucketId))) throw bucketNotEmpty(input.Bucket);
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
    const { region } = requireBucket(ctx, input, 's3:GetBucketLocation').spec;
    return region === 'us-east-1' ? {} : { LocationConstraint: region as 'eu-west-1' };
  },

  async ListBuckets(ctx, { MaxBuckets, ContinuationToken, Prefix = '', BucketRegion }) {
    if (ctx.principal.kind === 'anonymous') throw accessDenied();
    if (MaxBuckets !== undefined && MaxBuckets > mostOnPage) throw outOfRange(MaxBuckets);
    const { rows, nextToken } = ctx.transact((inner) =>
      paginate({
        rows: (afterId) => inner.table(buckets).list(afterId),
        where: ({ id, spec }) => id.startsWith(Prefix) && (BucketRegion === undefined || spec.region === BucketRegion),
        maxResults: MaxBuckets,
        nextToken: ContinuationToken,
        scope: `s3:ListBuckets ${ctx.account}`,
        bounds: { min: 1, max: mostOnPage, default: mostOnPage },
        errors: {
          invalidToken: (token) =>
            invalidArgument('The continuation token provided is incorrect', 'continuation-token', token),
          invalidMaxResults: outOfRange,
        },
      }),
    );
    return {
      Buckets: rows.map((row) => ({
        Name: row.id,
        CreationDate: row.createdAtMs,
        BucketArn: `arn:aws:s3:::${row.id}`,
        // Only those who page or filter are told where a bucket is.
        ...(MaxBuckets !== undefined || BucketRegion !== undefined || Prefix !== ''
          ? { BucketRegion: row.spec.region }
          : {}),
      })),
      Owner: describeOwner(ctx.account),
      ...(Prefix !== '' && { Prefix }),
      ContinuationToken: nextToken,
    };
  },
} satisfies AsyncOperations<S3Api>;

function outOfRange(maxBuckets: number): AwsError {
  return invalidArgument(
    'Argument max-buckets must be an integer between 1 and 10000',
    'max-buckets',
    String(maxBuckets),
  );
}

function bucketNotEmpty(bucket: string): AwsError {
  return awsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409, { BucketName: bucket });
}
