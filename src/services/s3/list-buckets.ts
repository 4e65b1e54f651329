// ListBuckets: an account's buckets of all regions, in the order of their names.

import { type AwsError, awsError } from '../../aws/errors.ts';
import type { AsyncOperationContext } from '../../aws/operation.ts';
import { paginate } from '../../aws/paginate.ts';
import type { ListBucketsOutput, ListBucketsRequest } from '../../generated/s3.types.ts';
import { isAwsRegion } from '../ec2/index.ts';
import { type BucketRow, buckets } from './buckets.table.ts';
import { describeOwner } from './canonical-users.ts';
import type { NewBuckets } from './create-bucket.ts';
import { incorrectToken } from './list-parameters.ts';
import { accessDenied, invalidArgument } from './s3.errors.ts';

const mostOnPage = 10_000;

export const listBucketsAs =
  (newBuckets: NewBuckets) =>
  async (ctx: AsyncOperationContext, input: ListBucketsRequest): Promise<ListBucketsOutput> => {
    if (ctx.principal.kind === 'anonymous') throw accessDenied();
    const { MaxBuckets, ContinuationToken, Prefix = '', BucketRegion } = input;
    if (MaxBuckets !== undefined && MaxBuckets > mostOnPage) throw outOfRange(MaxBuckets);
    if (BucketRegion !== undefined && !isAwsRegion(BucketRegion)) throw noSuchRegion(BucketRegion);
    const { rows, nextToken } = ctx.transact((inner) =>
      paginate({
        rows: (afterId) => inner.table(buckets).list(afterId),
        where: ({ id, spec }) => id.startsWith(Prefix) && (BucketRegion === undefined || spec.region === BucketRegion),
        maxResults: MaxBuckets,
        nextToken: ContinuationToken || undefined,
        scope: `s3:ListBuckets ${ctx.account}`,
        bounds: { min: 1, max: mostOnPage, default: mostOnPage },
        errors: { invalidToken: incorrectToken, invalidMaxResults: outOfRange },
      }),
    );
    // Only those who page or filter are told where a bucket is.
    const showsRegion = MaxBuckets !== undefined || BucketRegion !== undefined || Prefix !== '';
    return {
      Buckets: rows.map((row) => describeBucket(row, showsRegion)),
      Owner: describeOwner(ctx.account, { isCurrent: newBuckets === 'current' }),
      ...(Prefix !== '' && { Prefix }),
      ContinuationToken: nextToken,
    };
  };

function describeBucket({ id, createdAtMs, spec }: BucketRow, showsRegion: boolean) {
  return {
    Name: id,
    CreationDate: createdAtMs,
    BucketArn: `arn:aws:s3:::${id}`,
    ...(showsRegion && { BucketRegion: spec.region }),
  };
}

function outOfRange(maxBuckets: number): AwsError {
  return invalidArgument(
    'Argument max-buckets must be an integer between 1 and 10000',
    'max-buckets',
    String(maxBuckets),
  );
}

function noSuchRegion(region: string): AwsError {
  return awsError('InvalidArgument', `Argument value ${region} is not a valid AWS Region`, 400, {
    ArgumentName: 'bucket-region',
  });
}
