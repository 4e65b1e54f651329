// Sending messages through the official client, which checks every MD5 that it is told.

import { createHash } from 'node:crypto';
import type { SQS } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagingCloud, startMessagingCloud } from './cloud.testing.ts';
import { sqs as service } from './sqs.ts';

let cloud: MessagingCloud;
let sqs: SQS;
let made = 0;

beforeAll(async () => {
  cloud = await startMessagingCloud([service]);
  sqs = cloud.sqs();
});
afterAll(() => cloud.stop());

const create = async (Attributes: Record<string, string> = {}) => {
  made += 1;
  const QueueName = `queue-${made}${Attributes['FifoQueue'] ? '.fifo' : ''}`;
  return (await sqs.createQueue({ QueueName, Attributes })).QueueUrl as string;
};
const receiveAll = async (QueueUrl: string) =>
  (
    await sqs.receiveMessage({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    })
  ).Messages ?? [];
const bodies = async (QueueUrl: string) => (await receiveAll(QueueUrl)).map(({ Body }) => Body);
const refused = (name: string, message?: RegExp) =>
  expect.objectContaining({ name, ...(message && { message: expect.stringMatching(message) }) });

describe('a message', () => {
  it('arrives with its attributes, and with what SQS knows of it', async () => {
    const QueueUrl = await create();
    const sent = await sqs.sendMessage({
      QueueUrl,
      MessageBody: 'grüße\t\u{1f600}',
      MessageAttributes: {
        Text: { DataType: 'String.note', StringValue: 'ä' },
        Count: { DataType: 'Number', StringValue: '-1.5e3' },
        Bytes: { DataType: 'Binary', BinaryValue: Buffer.from([0, 255]) },
      },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-2-3' } },
    });
    expect(sent.MD5OfMessageBody).toBe(createHash('md5').update('grüße\t\u{1f600}').digest('hex'));
    expect(sent.MD5OfMessageSystemAttributes).toMatch(/^[0-9a-f]{32}$/);
    expect(sent.SequenceNumber).toBeUndefined();
    const [message] = await receiveAll(QueueUrl);
    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: 'grüße\t\u{1f600}',
      MD5OfBody: sent.MD5OfMessageBody,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      MessageAttributes: {
        Text: { DataType: 'String.note', StringValue: 'ä' },
        Count: { DataType: 'Number', StringValue: '-1.5e3' },
      },
      Attributes: {
        SenderId: '000000000000',
        ApproximateReceiveCount: '1',
        AWSTraceHeader: 'Root=1-2-3',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
    });
    expect(Buffer.from(message?.MessageAttributes?.['Bytes']?.BinaryValue ?? [])).toEqual(Buffer.from([0, 255]));
  });

  it('has the MD5 of its attributes that AWS gives', async () => {
    // Worked out from the description of the digest with another program.
    const { MD5OfMessageAttributes } = await sqs.sendMessage({
      QueueUrl: await create(),
      MessageBody: 'x',
      MessageAttributes: { timestamp: { DataType: 'Number.java.lang.Long', StringValue: '1493147359900' } },
    });
    expect(MD5OfMessageAttributes).toBe('2e2e4876d8e0bd6b8c2c8f556831c349');
  });

  it('shows the attributes that are asked for: by name, by what they begin with, or all', async () => {
    const QueueUrl = await create({ VisibilityTimeout: '0' });
    const text = { DataType: 'String', StringValue: 'v' };
    await sqs.sendMessage({ QueueUrl, MessageBody: 'x', MessageAttributes: { 'a.b': text, 'a.c': text, d: text } });
    const ask = async (...MessageAttributeNames: string[]) => {
      const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MessageAttributeNames });
      return Object.keys(Messages[0]?.MessageAttributes ?? {});
    };
    expect(await ask()).toEqual([]);
    expect(await ask('d', 'nothing')).toEqual(['d']);
    expect(await ask('a.*')).toEqual(['a.b', 'a.c']);
    expect(await ask('.*')).toEqual(['a.b', 'a.c', 'd']);
    expect(await ask('All')).toEqual(['a.b', 'a.c', 'd']);
    expect(await ask('*')).toEqual(['a.b', 'a.c', 'd']);
    await expect(sqs.receiveMessage({ QueueUrl, MessageSystemAttributeNames: ['Nothing' as never] })).rejects.toEqual(
      refused('InvalidAttributeName'),
    );
  });

  it('is refused for what it may not be', async () => {
    const QueueUrl = await create({ MaximumMessageSize: '1024' });
    const send = (more: object) => sqs.sendMessage({ QueueUrl, MessageBody: 'x', ...more });
    const attribute = (name: string, value: object) => ({ MessageAttributes: { [name]: value } });
    const text = { DataType: 'String', StringValue: 'v' };
    const tries: [object, string][] = [
      [{ MessageBody: '' }, 'MissingParameter'],
      [{ MessageBody: 'a\u0000' }, 'InvalidMessageContents'],
      [{ MessageBody: 'a\uffff' }, 'InvalidMessageContents'],
      [{ MessageBody: 'x'.repeat(1025) }, 'InvalidParameterValue'],
      [{ MessageBody: 'x'.repeat(1020), ...attribute('name', text) }, 'InvalidParameterValue'],
      [{ DelaySeconds: 901 }, 'InvalidParameterValue'],
      [{ MessageDeduplicationId: 'x' }, 'InvalidParameterValue'],
      [attribute('aws.x', text), 'InvalidParameterValue'],
      [attribute('.x', text), 'InvalidParameterValue'],
      [attribute('a b', text), 'InvalidParameterValue'],
      [attribute('§', text), 'InvalidParameterValue'],
      [attribute('x', { DataType: 'String', StringValue: 'a\u0008' }), 'InvalidParameterValue'],
      [attribute('x', { DataType: 'Other', StringValue: 'v' }), 'InvalidParameterValue'],
      [attribute('x', { DataType: 'Number', StringValue: 'v' }), 'InvalidParameterValue'],
      [attribute('x', { DataType: 'String' }), 'InvalidParameterValue'],
      [
        { MessageAttributes: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`a${i}`, text])) },
        'InvalidParameterValue',
      ],
    ];
    for (const [more, error] of tries)
      await expect(send(more), JSON.stringify(more).slice(0, 80)).rejects.toEqual(refused(error));
    expect(await receiveAll(QueueUrl)).toEqual([]);
    await send({ MessageBody: 'x'.repeat(1024) });
    await send(attribute('Ø.1', text));
  });

  it("is traced by the request's header as well", async () => {
    const QueueUrl = await create();
    const traced = cloud.sqs();
    traced.middlewareStack.add(
      (next) => (args) => {
        Object.assign((args.request as { headers: object }).headers, { 'X-Amzn-Trace-Id': 'Root=1-2-4' });
        return next(args);
      },
      { step: 'build' },
    );
    await traced.sendMessage({ QueueUrl, MessageBody: 'x' });
    const [message] = await receiveAll(QueueUrl);
    expect(message?.Attributes).toMatchObject({ AWSTraceHeader: 'Root=1-2-4' });
  });

  it('may be a mebibyte long', async () => {
    const QueueUrl = await create();
    await sqs.sendMessage({ QueueUrl, MessageBody: 'x'.repeat(1_048_576) });
    await expect(sqs.sendMessage({ QueueUrl, MessageBody: 'x'.repeat(1_048_577) })).rejects.toEqual(
      refused('InvalidParameterValue', /must be shorter than 1048576 bytes/),
    );
    expect((await bodies(QueueUrl))[0]).toHaveLength(1_048_576);
  });
});

describe('delays', () => {
  it("are the queue's, or the message's own", async () => {
    const QueueUrl = await create({ DelaySeconds: '60' });
    await sqs.sendMessage({ QueueUrl, MessageBody: 'by the queue' });
    await sqs.sendMessage({ QueueUrl, MessageBody: 'own', DelaySeconds: 10 });
    await sqs.sendMessage({ QueueUrl, MessageBody: 'none', DelaySeconds: 0 });
    const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesDelayed: '2',
      ApproximateNumberOfMessagesNotVisible: '0',
    });
    expect(await bodies(QueueUrl)).toEqual(['none']);
    cloud.advance(10_000);
    expect(await bodies(QueueUrl)).toEqual(['own']);
    cloud.advance(60_000);
    expect(await bodies(QueueUrl)).toContain('by the queue');
  });

  it("of a FIFO queue are the queue's alone", async () => {
    const QueueUrl = await create({ FifoQueue: 'true', DelaySeconds: '5', ContentBasedDeduplication: 'true' });
    const send = (MessageBody: string, more: object = {}) =>
      sqs.sendMessage({ QueueUrl, MessageBody, MessageGroupId: 'g', ...more });
    await expect(send('x', { DelaySeconds: 1 })).rejects.toEqual(refused('InvalidParameterValue'));
    await send('a');
    expect(await bodies(QueueUrl)).toEqual([]);
    cloud.advance(5_000);
    expect(await bodies(QueueUrl)).toEqual(['a']);
  });
});

describe('batches', () => {
  it('fail entry by entry', async () => {
    const QueueUrl = await create();
    const { Successful = [], Failed = [] } = await sqs.sendMessageBatch({
      QueueUrl,
      Entries: [
        { Id: 'good', MessageBody: 'a' },
        { Id: 'late', MessageBody: 'b', DelaySeconds: 901 },
        { Id: 'bad', MessageBody: '\u0001' },
        { Id: 'fine', MessageBody: 'c' },
      ],
    });
    expect(Successful.map(({ Id }) => Id)).toEqual(['good', 'fine']);
    expect(Failed).toMatchObject([
      { Id: 'late', Code: 'InvalidParameterValue', SenderFault: true },
      { Id: 'bad', Code: 'InvalidMessageContents', SenderFault: true },
    ]);
    expect(await bodies(QueueUrl)).toEqual(['a', 'c']);
  });

  it('tell of each entry what there is to tell', async () => {
    const QueueUrl = await create();
    const attributes = { MessageAttributes: { kind: { DataType: 'String', StringValue: 'order' } } };
    const { Successful = [] } = await sqs.sendMessageBatch({
      QueueUrl,
      Entries: [
        { Id: 'plain', MessageBody: 'a' },
        { Id: 'with', MessageBody: 'b', ...attributes },
        { Id: 'again', MessageBody: 'c' },
        { Id: 'too', MessageBody: 'd', ...attributes },
      ],
    });
    const plain = ['Id', 'MD5OfMessageBody', 'MessageId'];
    const more = ['Id', 'MD5OfMessageAttributes', 'MD5OfMessageBody', 'MessageId'];
    expect(Successful.map((entry) => Object.keys(entry).sort())).toEqual([plain, more, plain, more]);
    expect(Successful.map(({ Id }) => Id)).toEqual(['plain', 'with', 'again', 'too']);
    expect(new Set(Successful.map(({ MessageId }) => MessageId)).size).toBe(4);
  });

  it('fail as a whole for what they are as a whole', async () => {
    const QueueUrl = await create();
    const send = (...entries: [string, string][]) =>
      sqs.sendMessageBatch({ QueueUrl, Entries: entries.map(([Id, MessageBody]) => ({ Id, MessageBody })) });
    const long = 'x'.repeat(600_000);
    await expect(send()).rejects.toEqual(refused('EmptyBatchRequest'));
    await expect(send(['a', 'x'], ['a', 'y'])).rejects.toEqual(refused('BatchEntryIdsNotDistinct', /Id a repeated/));
    await expect(send(['no good', 'x'])).rejects.toEqual(refused('InvalidBatchEntryId'));
    await expect(send(['a', long], ['b', long])).rejects.toEqual(refused('BatchRequestTooLong', /1048576 bytes/));
    const eleven = Array.from({ length: 11 }, (_, i): [string, string] => [String(i), 'x']);
    await expect(send(...eleven)).rejects.toEqual(refused('TooManyEntriesInBatchRequest', /You have sent 11/));
    expect(await bodies(QueueUrl)).toEqual([]);
  });
});

describe('FIFO queues', () => {
  const fifo = { FifoQueue: 'true' };

  it('need a group, and an id or content to tell duplicates by', async () => {
    const QueueUrl = await create(fifo);
    const send = (more: object) => sqs.sendMessage({ QueueUrl, MessageBody: 'x', ...more });
    await expect(send({ MessageDeduplicationId: 'd' })).rejects.toEqual(refused('MissingParameter', /MessageGroupId/));
    await expect(send({ MessageGroupId: 'g' })).rejects.toEqual(
      refused('InvalidParameterValue', /ContentBasedDeduplication enabled or MessageDeduplicationId/),
    );
    await expect(send({ MessageGroupId: 'g g', MessageDeduplicationId: 'd' })).rejects.toEqual(
      refused('InvalidParameterValue', /alphanumeric and punctuation/),
    );
    await expect(
      sqs.sendMessageBatch({ QueueUrl, Entries: [{ Id: 'a', MessageBody: 'x', MessageDeduplicationId: 'd' }] }),
    ).rejects.toEqual(refused('InvalidParameterValue', /must contain the parameter MessageGroupId/));
  });

  it('take a duplicate by id for five minutes, and answer as the first time', async () => {
    const QueueUrl = await create(fifo);
    const send = (MessageBody: string, MessageGroupId = 'g') =>
      sqs.sendMessage({ QueueUrl, MessageBody, MessageGroupId, MessageDeduplicationId: 'same' });
    const first = await send('one');
    expect(first.SequenceNumber).toMatch(/^\d{20}$/);
    const second = await send('two', 'h');
    expect(second).toMatchObject({ MessageId: first.MessageId, SequenceNumber: first.SequenceNumber });
    const [message] = await receiveAll(QueueUrl);
    expect(message).toMatchObject({
      Body: 'one',
      Attributes: { MessageGroupId: 'g', MessageDeduplicationId: 'same', SequenceNumber: first.SequenceNumber },
    });
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle: message?.ReceiptHandle });
    cloud.advance(299_000);
    await send('three');
    expect(await bodies(QueueUrl)).toEqual([]);
    cloud.advance(1_001);
    const later = await send('four');
    expect(BigInt(later.SequenceNumber as string)).toBeGreaterThan(BigInt(first.SequenceNumber as string));
    expect(await bodies(QueueUrl)).toEqual(['four']);
  });

  it('tell duplicates by content, and by group where they are asked to', async () => {
    const QueueUrl = await create({
      ...fifo,
      ContentBasedDeduplication: 'true',
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    });
    const send = (MessageBody: string, MessageGroupId: string, more: object = {}) =>
      sqs.sendMessage({ QueueUrl, MessageBody, MessageGroupId, ...more });
    await send('x', 'g');
    await send('x', 'g');
    await send('x', 'h');
    await send('x', 'g', { MessageDeduplicationId: 'other' });
    const messages = await receiveAll(QueueUrl);
    expect(messages.map(({ Attributes }) => Attributes?.MessageGroupId)).toEqual(['g', 'g', 'h']);
    expect(messages[0]?.Attributes?.MessageDeduplicationId).toBe(createHash('sha256').update('x').digest('hex'));
  });

  it('keep the order of a batch and of requests', async () => {
    const QueueUrl = await create({ ...fifo, ContentBasedDeduplication: 'true' });
    const Entries = ['a', 'b', 'c'].map((body) => ({ Id: body, MessageBody: body, MessageGroupId: 'g' }));
    const { Successful = [] } = await sqs.sendMessageBatch({ QueueUrl, Entries });
    const numbers = Successful.map(({ SequenceNumber }) => BigInt(SequenceNumber as string));
    expect(numbers).toEqual([...numbers].sort((a, b) => (a < b ? -1 : 1)));
    await sqs.sendMessage({ QueueUrl, MessageBody: 'd', MessageGroupId: 'g' });
    expect(await bodies(QueueUrl)).toEqual(['a', 'b', 'c', 'd']);
  });
});
