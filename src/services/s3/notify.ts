// Sends an event to whom a bucket's configuration names: queues and topics, by the operations of SQS and SNS.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html

import { parseArn } from '../../aws/arn.ts';
import { AwsError } from '../../aws/errors.ts';
import { servicePrincipal } from '../../aws/principal.ts';
import type { World } from '../../aws/service.ts';
import { formatIso } from '../../kernel/clock.ts';
import type { BucketRow } from './buckets.table.ts';
import { canonicalUserId } from './canonical-users.ts';
import { matchingRules, type NotificationRule, type NotificationTarget } from './notification-rules.ts';
import type { ObjectEvent } from './outbox.ts';

/** Throws when it is worth another attempt. */
export async function notify(world: World, bucket: BucketRow, event: ObjectEvent): Promise<void> {
  for (const rule of matchingRules(bucket.spec.notification, event.name, event.key)) {
    try {
      const message = JSON.stringify({ Records: [describeEvent(bucket, rule, event)] });
      await sendNotification(world, bucket, rule, message, event.traceHeader);
    } catch (error) {
      // As AWS does: what the destination refuses is dropped.
      if (!(error instanceof AwsError) || error.fault === 'server') throw error;
      world.log.warn('a notification was refused', { bucket: bucket.id, target: rule.arn, error: error.message });
    }
  }
}

/** Delivers a message; throws what the destination answers. */
export async function sendNotification(
  caller: Pick<World, 'client'>,
  bucket: BucketRow,
  { kind, arn }: NotificationTarget,
  message: string,
  traceHeader?: string,
): Promise<void> {
  const target = parseArn(arn);
  if (!target) return;
  const as = servicePrincipal('s3', bucket.account, { arn: `arn:aws:s3:::${bucket.id}`, account: bucket.account });
  if (kind === 'sqs') {
    const QueueUrl = `/${target.account}/${target.resource}`;
    await caller.client('sqs', target, as).SendMessage({
      QueueUrl,
      MessageBody: message,
      ...(traceHeader !== undefined && {
        MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } },
      }),
    });
  } else if (kind === 'sns') {
    const Subject = 'Amazon S3 Notification';
    await caller.client('sns', target, as).Publish({ TopicArn: arn, Subject, Message: message });
  }
}

/** A delete marker is told of as an object without bytes. */
const emptyMd5 = 'd41d8cd98f00b204e9800998ecf8427e';

export function describeEvent(bucket: BucketRow, { configurationId }: NotificationRule, event: ObjectEvent): object {
  const removed = event.name.startsWith('ObjectRemoved') || event.name.startsWith('LifecycleExpiration');
  // Of what was only said of an object, there is another version of the event, which tells less.
  const isSaid = /^Object(?:Tagging|Acl):/.test(event.name);
  return {
    eventVersion: isSaid ? '2.3' : '2.1',
    eventSource: 'aws:s3',
    awsRegion: bucket.spec.region,
    eventTime: formatIso(event.atMs),
    eventName: event.name,
    userIdentity: { principalId: principalOf(bucket, event) },
    requestParameters: { sourceIPAddress: event.sourceIp },
    responseElements: { 'x-amz-request-id': event.requestId, 'x-amz-id-2': event.hostId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: {
        name: bucket.id,
        ownerIdentity: { principalId: canonicalUserId(bucket.account) },
        arn: `arn:aws:s3:::${bucket.id}`,
      },
      object: {
        key: encodeKey(event.key),
        ...(!removed && !isSaid && { size: event.bytes }),
        ...(!removed && { eTag: event.etag }),
        ...(event.name === 'ObjectRemoved:DeleteMarkerCreated' && { eTag: emptyMd5 }),
        ...(event.versionId !== 'null' && { versionId: event.versionId }),
        ...(!isSaid && { sequencer: event.order.toString(16).toUpperCase().padStart(18, '0') }),
      },
    },
    ...event.more,
  };
}

/** That a copy is there, S3 tells in the name of the bucket's owner, whoever asked for it. */
const principalOf = ({ account }: BucketRow, { name, principalId }: ObjectEvent): string =>
  name === 'ObjectRestore:Completed' ? `AmazonCustomer:${canonicalUserId(account)}` : principalId;

/** As a form's value: a space is a plus. */
function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replace(/%20/g, '+')
    .replace(/%2F/g, '/')
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
