// What a bucket tells whom. Before a configuration is taken each of its destinations is sent `s3:TestEvent`, so that one
// which cannot be reached is found out now and not when something happens.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html

import { AwsError, awsError } from '../../aws/errors.ts';
import type { AsyncOperationContext, AsyncOperations } from '../../aws/operation.ts';
import type { S3Api } from '../../generated/s3.types.ts';
import { formatIso } from '../../kernel/clock.ts';
import type { BucketRow } from './buckets.table.ts';
import { checkNotifications } from './notification-checks.ts';
import { type NotificationTarget, notificationRules } from './notification-rules.ts';
import { sendNotification } from './notify.ts';
import { hostIdOf } from './outbox.ts';
import { requireBucket, updateBucket } from './require-bucket.ts';

export const notificationOperations = {
  async GetBucketNotificationConfiguration(ctx, input) {
    return requireBucket(ctx, input, 's3:GetBucketNotification').spec.notification ?? {};
  },

  async PutBucketNotificationConfiguration(ctx, input) {
    const bucket = requireBucket(ctx, input, 's3:PutBucketNotification');
    const notification = checkNotifications(ctx, bucket.spec.region, input.NotificationConfiguration);
    if (notification && !input.SkipDestinationValidation) {
      await testDestinations(ctx, bucket, notificationRules(notification));
    }
    ctx.transact((inner) => {
      const current = requireBucket(inner, input, 's3:PutBucketNotification');
      updateBucket(inner, current, (spec) => ({ ...spec, notification }));
    });
    return {};
  },
} satisfies AsyncOperations<S3Api>;

async function testDestinations(
  ctx: AsyncOperationContext,
  bucket: BucketRow,
  targets: readonly NotificationTarget[],
): Promise<void> {
  const message = JSON.stringify({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: formatIso(ctx.nowMs),
    Bucket: bucket.id,
    RequestId: ctx.requestId,
    HostId: hostIdOf(ctx.requestId),
  });
  const refusals: (readonly [arn: string, reason: string])[] = [];
  const byArn = new Map(targets.map((target) => [target.arn, target]));
  for (const target of byArn.values()) {
    try {
      await sendNotification(ctx, bucket, target, message);
    } catch (error) {
      if (!(error instanceof AwsError) || error.fault === 'server') throw error;
      refusals.push([target.arn, reasonOf(target, error)]);
    }
  }
  if (refusals.length > 0) throw unreachable(refusals);
}

const nouns = { sqs: 'queue', sns: 'topic', lambda: 'function', eventbridge: 'event bus' } as const;

function reasonOf({ kind }: NotificationTarget, { code }: AwsError): string {
  const noun = nouns[kind];
  return /NotFound|DoesNotExist|NonExistent/.test(code)
    ? `The destination ${noun} does not exist`
    : `Permissions on the destination ${noun} do not allow S3 to publish notifications from this bucket`;
}

/** AWS numbers the arguments when there are several of them, and here always. */
function unreachable(refusals: readonly (readonly [arn: string, reason: string])[]): AwsError {
  const details = refusals.flatMap(([arn, reason], at) => [
    [`ArgumentName${at + 1}`, arn],
    [`ArgumentValue${at + 1}`, reason],
  ]);
  const message = 'Unable to validate the following destination configurations';
  return awsError('InvalidArgument', message, 400, Object.fromEntries(details));
}
