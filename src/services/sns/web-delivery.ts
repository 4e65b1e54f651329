// Deliveries to web servers, by POST.
// https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html

import type { World } from '../../aws/service.ts';
import type { WebParcel } from './deliveries.table.ts';
import { type EnvelopeMembers, formatEnvelope } from './envelope.ts';
import type { DeliveryFailure } from './queue-delivery.ts';
import { signParcel } from './signing-key.ts';

/** AWS waits so long for an answer. */
const patienceMs = 15_000;

/** Undefined when the server took it. */
export async function sendToWeb(
  world: World,
  parcel: WebParcel,
  subscriptionArn: string,
): Promise<DeliveryFailure | undefined> {
  const { url, members, isRaw } = parcel;
  const body = isRaw ? String(members['Message']) : await envelope(world, parcel);
  try {
    const { status } = await world.drivers.web.send({
      method: 'POST',
      url,
      headers: headersOf(parcel, members, subscriptionArn),
      body,
      timeoutMs: patienceMs,
    });
    if (status >= 200 && status < 300) return undefined;
    // A client's error will be one the next time, too; being too quick will not.
    const isPermanent = status >= 400 && status < 500 && status !== 429;
    return { code: 'HTTPError', message: `the endpoint answered with status ${status}`, isPermanent };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'ConnectionError', message: message || 'no connection', isPermanent: false };
  }
}

async function envelope(world: World, parcel: WebParcel): Promise<string> {
  const { members, attributes, unsubscribeUrl } = parcel;
  return formatEnvelope(members, { signature: await signParcel(world, parcel), unsubscribeUrl, attributes });
}

function headersOf(parcel: WebParcel, members: EnvelopeMembers, subscriptionArn: string): Record<string, string> {
  const isNotification = members.Type === 'Notification';
  return {
    'content-type': parcel.contentType,
    'user-agent': 'Amazon Simple Notification Service Agent',
    'accept-encoding': 'gzip,deflate',
    'x-amz-sns-message-type': members.Type,
    'x-amz-sns-message-id': members.MessageId,
    'x-amz-sns-topic-arn': parcel.topicArn,
    ...((isNotification || members.Type === 'UnsubscribeConfirmation') && {
      'x-amz-sns-subscription-arn': subscriptionArn,
    }),
    ...(parcel.isRaw && { 'x-amz-sns-rawdelivery': 'true' }),
  };
}
