// Deliveries to functions: one asynchronous invocation for each message.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html

import { parseArn } from '../../aws/arn.ts';
import { servicePrincipal } from '../../aws/principal.ts';
import type { World } from '../../aws/service.ts';
import type { FunctionParcel } from './deliveries.table.ts';
import { describeAttributes } from './message-attributes.ts';
import { type DeliveryFailure, failureOf, topicOf } from './queue-delivery.ts';
import { signParcel } from './signing-key.ts';

/** Undefined when Lambda has taken the event. The function's policy decides whether it takes what the topic sends. */
export async function invokeFunction(
  world: World,
  parcel: FunctionParcel,
  subscriptionArn: string,
): Promise<DeliveryFailure | undefined> {
  const target = parseArn(parcel.functionArn);
  if (!target)
    return {
      code: 'InvalidParameter',
      message: `${parcel.functionArn} is not the ARN of a function`,
      isPermanent: true,
    };
  try {
    const lambda = world.client('lambda', target, servicePrincipal('sns', target.account, topicOf(subscriptionArn)));
    const event = JSON.stringify(await describeEvent(world, parcel, subscriptionArn));
    await lambda.Invoke({
      FunctionName: parcel.functionArn,
      InvocationType: 'Event',
      Payload: Buffer.from(event),
    });
    return undefined;
  } catch (error) {
    return failureOf(error);
  }
}

/** Its members are named a little differently from those that other subscribers get. */
async function describeEvent(world: World, parcel: FunctionParcel, subscriptionArn: string): Promise<object> {
  const { members, attributes, unsubscribeUrl } = parcel;
  const { SigningCertURL, ...signature } = await signParcel(world, parcel);
  const Sns = {
    ...members,
    Subject: members['Subject'] ?? null,
    ...signature,
    SigningCertUrl: SigningCertURL,
    UnsubscribeUrl: unsubscribeUrl,
    MessageAttributes: attributes ? describeAttributes(attributes) : {},
  };
  return {
    Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: subscriptionArn, Sns }],
  };
}
