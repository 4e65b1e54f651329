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

interface ShownMessage {
  readonly Body: string;
  readonly Attribute: readonly { readonly Name: string; readonly Value: string }[];
}

interface Shown {
  readonly ReceiveMessageResponse: {
    readonly ReceiveMessageResult: { readonly Message: ShownMessage | readonly ShownMessage[] };
  };
}

const show = (path: string, accept = 'application/json') =>
  fetch(`${cloud.endpoint}/_aws/sqs/messages${path}`, { headers: { accept } });
const shownAt = async (path: string): Promise<readonly ShownMessage[]> => {
  const { ReceiveMessageResponse: shown } = (await (await show(path)).json()) as Shown;
  return [shown.ReceiveMessageResult.Message].flat();
};
const bodies = async (path: string) => (await shownAt(path)).map(({ Body }) => Body);
const errorAt = async (path: string) => (await (await show(path)).json()) as object;

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

it('tell whether they are visible or delayed, and of a FIFO group what waits', async () => {
  const isVisible = ({ Attribute }: ShownMessage) => Attribute.find(({ Name }) => Name === 'IsVisible')?.Value;
  const all = await shownAt(`?QueueUrl=${encodeURIComponent(QueueUrl)}&ShowInvisible=true`);
  expect(all.slice(0, 2).map(isVisible)).toEqual(['false', 'false']);
  const Attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };
  const fifo = await sqs.createQueue({ QueueName: 'shown.fifo', Attributes });
  for (const [MessageBody, MessageGroupId] of [
    ['g1', 'g'],
    ['g2', 'g'],
    ['h1', 'h'],
  ])
    await sqs.sendMessage({ QueueUrl: fifo.QueueUrl, MessageBody, MessageGroupId });
  await sqs.receiveMessage({ QueueUrl: fifo.QueueUrl });
  expect(await bodies('/us-east-1/000000000000/shown.fifo')).toEqual(['h1']);
  expect(await bodies('/us-east-1/000000000000/shown.fifo?ShowInvisible=true')).toEqual(['g1', 'g2', 'h1']);
});

it('are all that is shown there', async () => {
  const client = cloud.sqs('test', { endpoint: `${cloud.endpoint}/_aws/sqs/messages`, useQueueUrlAsEndpoint: false });
  await expect(client.sendMessage({ QueueUrl, MessageBody: 'x' })).rejects.toMatchObject({ name: 'InvalidRequest' });
});

it('of a queue that is not there are none', async () => {
  const nowhere = { ErrorResponse: { Error: { Code: 'AWS.SimpleQueueService.NonExistentQueue' } } };
  expect(await errorAt('/us-east-1/000000000000/nowhere')).toMatchObject(nowhere);
  expect((await show('/us-east-1/000000000000/nowhere')).status).toBe(400);
  expect(await errorAt('')).toMatchObject(nowhere);
  const nonsense = `?QueueUrl=${encodeURIComponent(`${cloud.endpoint}/nonsense`)}`;
  expect(await errorAt(nonsense)).toMatchObject({ ErrorResponse: { Error: { Code: 'InvalidAddress' } } });
  expect((await show(nonsense)).status).toBe(404);
  expect((await show(`?QueueUrl=${'x'.repeat(5000)}`)).status).toBe(400);
});
