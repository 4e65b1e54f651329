// What LocalStack's users look at: messages without receiving them.

import type { SQS } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MessagingCloud, startMessagingCloud } from './cloud.testing.ts';
import { sqs as service } from './sqs.ts';

let cloud: MessagingCloud;
let sqs: SQS;
let QueueUrl: string;

beforeAll(async () => {
  cloud = await startMessagingCloud([service]);
  sqs = cloud.sqs();
  QueueUrl = (await sqs.createQueue({ QueueName: 'shown' })).QueueUrl as string;
  await sqs.sendMessage({ QueueUrl, MessageBody: 'out' });
  await sqs.receiveMessage({ QueueUrl });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'late', DelaySeconds: 60 });
  const MessageAttributes = { a: { DataType: 'String', StringValue: 'v' } };
  await sqs.sendMessage({ QueueUrl, MessageBody: 'there', MessageAttributes });
});
afterAll(() => cloud.stop());

interface Shown {
  readonly ReceiveMessageResponse: {
    readonly ReceiveMessageResult: { readonly Message: readonly { readonly Body: string }[] };
  };
}

const show = (path: string, accept = 'application/json') =>
  fetch(`${cloud.endpoint}/_aws/sqs/messages${path}`, { headers: { accept } });
const bodies = async (path: string) => {
  const { ReceiveMessageResponse: shown } = (await (await show(path)).json()) as Shown;
  return shown.ReceiveMessageResult.Message.map(({ Body }) => Body);
};

it('are shown by the URL of their queue, or by its place, and stay as they are', async () => {
  const byUrl = `?QueueUrl=${encodeURIComponent(QueueUrl)}`;
  expect(await bodies(byUrl)).toEqual(['there']);
  expect(await bodies('/us-east-1/000000000000/shown')).toEqual(['there']);
  expect(await bodies(`${byUrl}&ShowInvisible=true`)).toEqual(['out', 'there']);
  expect(await bodies(`${byUrl}&ShowDelayed=true`)).toEqual(['late', 'there']);
  expect(await (await show(byUrl, '*/*')).text()).toMatch(
    /<ReceiveMessageResponse .*<Body>there<\/Body><Attribute><Name>SenderId<\/Name>.*<MessageAttribute><Name>a<\/Name>/,
  );
  const { Messages } = await sqs.receiveMessage({ QueueUrl, MessageSystemAttributeNames: ['All'] });
  expect(Messages).toMatchObject([{ Body: 'there', Attributes: { ApproximateReceiveCount: '1' } }]);
});

it('are shown to a client that takes the path for its endpoint', async () => {
  const client = cloud.sqs('test', { endpoint: `${cloud.endpoint}/_aws/sqs/messages`, useQueueUrlAsEndpoint: false });
  await sqs.sendMessage({ QueueUrl, MessageBody: 'more' });
  const { Messages } = await client.receiveMessage({ QueueUrl });
  expect(Messages).toMatchObject([{ Body: 'more', ReceiptHandle: 'SQS/BACKDOOR/ACCESS' }]);
});

it('of a queue that is not there are none', async () => {
  expect((await show('/us-east-1/000000000000/nowhere')).status).toBe(400);
  expect((await show('')).status).toBe(400);
  expect((await show(`?QueueUrl=${'x'.repeat(5000)}`)).status).toBe(400);
});
