// A shop that is written with libraries that know nothing of cloudlet: ElectroDB keeps its orders, a topic tells of them,
// sqs-consumer ships what is told, and a web server believes what AWS's own sns-validator lets pass. Keys are verified.

import { get as getPlainly } from 'node:http';
import https from 'node:https';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { SNS } from '@aws-sdk/client-sns';
import { SQS } from '@aws-sdk/client-sqs';
import { Entity } from 'electrodb';
import MessageValidator from 'sns-validator';
import { Consumer } from 'sqs-consumer';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CloudProcess, createCloudProcess, eventually } from './cloud-process.ts';
import { openInbox } from './inbox.ts';

const table = 'shop';

function orderEntity(client: DynamoDB) {
  const text = { type: 'string', required: true } as const;
  return new Entity(
    {
      model: { entity: 'order', version: '1', service: 'shop' },
      attributes: {
        customer: text,
        number: text,
        state: { type: ['placed', 'shipped'] as const, required: true, default: 'placed' },
        tries: { type: 'number', required: true, default: 0 },
        labels: { type: 'set', items: 'string' },
      },
      indexes: {
        ofCustomer: { pk: { field: 'pk', composite: ['customer'] }, sk: { field: 'sk', composite: ['number'] } },
        inState: {
          index: 'gsi1',
          pk: { field: 'gsi1pk', composite: ['state'] },
          sk: { field: 'gsi1sk', composite: ['number'] },
        },
      },
    },
    { client, table },
  );
}

describe('libraries of others', { timeout: 120_000 }, () => {
  let cloud: CloudProcess;
  let dynamodb: DynamoDB;
  let sns: SNS;
  let sqs: SQS;
  let orders: ReturnType<typeof orderEntity>;

  beforeAll(async () => {
    cloud = await createCloudProcess({ flags: ['--hypervisor', 'none', '--auth', 'strict'] });
    await cloud.start();
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const options = { endpoint: cloud.endpoint, region: 'us-east-1', credentials };
    dynamodb = new DynamoDB(options);
    sns = new SNS(options);
    sqs = new SQS(options);
    orders = orderEntity(dynamodb);
    const keys = (hash: string, range: string) => [
      { AttributeName: hash, KeyType: 'HASH' as const },
      { AttributeName: range, KeyType: 'RANGE' as const },
    ];
    await dynamodb.createTable({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', 'gsi1pk', 'gsi1sk'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: keys('pk', 'sk'),
      GlobalSecondaryIndexes: [
        { IndexName: 'gsi1', KeySchema: keys('gsi1pk', 'gsi1sk'), Projection: { ProjectionType: 'ALL' } },
      ],
    });
  });

  afterEach(() => vi.restoreAllMocks());

  afterAll(async () => {
    for (const client of [dynamodb, sns, sqs]) client?.destroy();
    await cloud?.dispose();
  });

  async function newQueue(name: string, Attributes: Record<string, string> = {}) {
    const { QueueUrl: url = '' } = await sqs.createQueue({ QueueName: name, Attributes });
    const told = await sqs.getQueueAttributes({ QueueUrl: url, AttributeNames: ['QueueArn'] });
    return { url, arn: told.Attributes?.['QueueArn'] ?? '' };
  }

  it('ship each order once, try again what failed, and put aside what never works', async () => {
    const { TopicArn = '' } = await sns.createTopic({ Name: 'orders' });
    const aside = await newQueue('aside');
    const work = await newQueue('work', {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: aside.arn, maxReceiveCount: 3 }),
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'sns.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: '*',
            Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } },
          },
        ],
      }),
    });
    await sns.subscribe({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: work.arn,
      Attributes: { RawMessageDelivery: 'true', FilterPolicy: JSON.stringify({ kind: ['placed'] }) },
    });
    const consumer = Consumer.create({
      queueUrl: work.url,
      sqs,
      batchSize: 10,
      waitTimeSeconds: 1,
      terminateVisibilityTimeout: true,
      handleMessage: async (message) => {
        const { number } = JSON.parse(message.Body ?? '') as { number: string };
        const { data } = await orders.patch({ customer: 'ann', number }).add({ tries: 1 }).go({ response: 'all_new' });
        if (number === '13' || (number === '07' && (data.tries ?? 0) < 2)) throw new Error('the printer jams');
        await orders
          .patch({ customer: 'ann', number })
          .set({ state: 'shipped' })
          .add({ labels: [`label-${number}`] })
          .where(({ state }, { eq }) => eq(state, 'placed'))
          .go();
        return message;
      },
    });
    const failures: string[] = [];
    consumer.on('error', (error) => failures.push(String(error)));
    consumer.on('processing_error', (error) => failures.push(String(error)));
    consumer.start();
    try {
      for (let i = 0; i < 20; i++) {
        const number = String(i).padStart(2, '0');
        await orders.create({ customer: 'ann', number }).go();
        const told = { kind: { DataType: 'String', StringValue: 'placed' } };
        await sns.publish({ TopicArn, Message: JSON.stringify({ number }), MessageAttributes: told });
      }
      await sns.publish({ TopicArn, Message: 'not for the queue' });
      await eventually('all orders but one shipped', async () => {
        const { data } = await orders.query.inState({ state: 'shipped' }).go({ pages: 'all', limit: 7 });
        return data.length === 19 || undefined;
      });
      const put = await eventually('one message put aside', async () => {
        const { Messages } = await sqs.receiveMessage({ QueueUrl: aside.url, WaitTimeSeconds: 1 });
        return Messages?.[0];
      });
      expect(put.Body).toBe('{"number":"13"}');
    } finally {
      const isStopped = new Promise<void>((resolve) => consumer.once('stopped', () => resolve()));
      consumer.stop();
      await isStopped;
    }
    const { data } = await orders.query.ofCustomer({ customer: 'ann' }).go({ pages: 'all' });
    const tries = (number: string) => data.find((order) => order.number === number)?.tries;
    expect([data.length, tries('00'), tries('07'), tries('13')]).toEqual([20, 1, 2, 3]);
    expect(failures).toHaveLength(4);
    for (const failure of failures) expect(failure).toContain('the printer jams');
    await expect(orders.create({ customer: 'ann', number: '00' }).go()).rejects.toThrow(/conditional request failed/i);
  });

  it.each(['1', '2'])(
    'believe deliveries that are signed in version %s, and none that were changed',
    async (version) => {
      certificatesComeFrom(cloud.endpoint);
      const validator = new MessageValidator();
      const believes = (message: Readonly<Record<string, string>>) =>
        new Promise<string>((resolve) => {
          const { SigningCertURL = '' } = message;
          const atAws = { ...message, SigningCertURL: SigningCertURL.replace(cloud.endpoint, awsAddress) };
          validator.validate(atAws, (error) => resolve(error?.message ?? 'genuine'));
        });
      const inbox = await openInbox();
      try {
        const { TopicArn = '' } = await sns.createTopic({
          Name: `signed-${version}`,
          Attributes: { SignatureVersion: version },
        });
        await sns.subscribe({ TopicArn, Protocol: 'http', Endpoint: inbox.url });
        const asked = await eventually('a request to confirm', async () => inbox.messages[0]);
        expect(await believes(asked)).toBe('genuine');
        await fetch(asked['SubscribeURL'] ?? '');
        await sns.publish({ TopicArn, Subject: 'News', Message: 'ünï\n"code" & <more>' });
        const told = await eventually('the news', async () => inbox.messages[1]);
        expect(told).toMatchObject({ Type: 'Notification', SignatureVersion: version, Subject: 'News' });
        expect(await believes(told)).toBe('genuine');
        expect(await believes({ ...told, Message: 'forged' })).toBe('The message signature is invalid.');
      } finally {
        inbox.close();
      }
    },
  );
});

const awsAddress = 'https://sns.us-east-1.amazonaws.com';

/** The validator takes certificates from AWS's own hosts only, by TLS; what is there is what the cloud has. */
function certificatesComeFrom(endpoint: string): void {
  const get = (url: string, callback: Parameters<typeof getPlainly>[1]) =>
    getPlainly(url.replace(awsAddress, endpoint), callback);
  vi.spyOn(https, 'get').mockImplementation(get as typeof https.get);
}
