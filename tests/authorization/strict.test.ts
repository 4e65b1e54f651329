// With `--auth=strict` deliveries need a policy, as on AWS; without it, those within an account arrive all the same.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AuthMode } from '../../src/aws/authenticate.ts';
import { services } from '../../src/main.ts';
import { type MessagingCloud, startMessagingCloud } from '../../src/services/sqs/cloud.testing.ts';
import { account, allow, documentOf } from './identities.ts';

const clouds: Partial<Record<AuthMode, MessagingCloud>> = {};

beforeAll(async () => {
  clouds.lenient = await startMessagingCloud(services);
  clouds.strict = await startMessagingCloud(services, undefined, 'strict');
});
afterAll(() => Promise.all(Object.values(clouds).map((cloud) => cloud.stop())));

const QueueArn = `arn:aws:sqs:us-east-1:${account}:inbox`;

/** How many messages a topic of the same account gets into a queue with that policy. */
async function arrivals(mode: AuthMode, Policy?: string): Promise<number> {
  const cloud = clouds[mode] as MessagingCloud;
  const [sqs, sns] = [cloud.sqs(), cloud.sns()];
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'inbox' });
  await sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy: Policy ?? '' } });
  const { TopicArn } = await sns.createTopic({ Name: 'news' });
  await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint: QueueArn });
  await sns.publish({ TopicArn, Message: 'hello' });
  await cloud.cloud.settle();
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl });
  for (const { ReceiptHandle } of Messages) await sqs.deleteMessage({ QueueUrl, ReceiptHandle });
  return Messages.length;
}

const grant = documentOf({ ...allow('sqs:SendMessage', QueueArn), Principal: { Service: 'sns.amazonaws.com' } });
const forOthers = documentOf({ ...allow('sqs:SendMessage', QueueArn), Principal: { Service: 's3.amazonaws.com' } });

it.each([
  ['lenient', 'no policy', undefined, 1],
  ['lenient', 'a policy that lets topics in', grant, 1],
  ['lenient', 'a policy for others', forOthers, 0],
  ['strict', 'no policy', undefined, 0],
  ['strict', 'a policy that lets topics in', grant, 1],
  ['strict', 'a policy for others', forOthers, 0],
] as const)('%s, %s', async (mode, _what, policy, arrived) => {
  expect(await arrivals(mode, policy)).toBe(arrived);
});
