// Deliveries to a real web server: it confirms, verifies signatures with the certificate that the cloud serves, fails,
// and is tried again.

import { createVerify, X509Certificate } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SNS } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createNodeWeb } from '../../drivers/web/node-web.ts';
import { type MessagingCloud, startMessagingCloud } from '../sqs/cloud.testing.ts';
import { sqs } from '../sqs/sqs.ts';
import { deliveries } from './deliveries.table.ts';
import { sns as service } from './sns.ts';

interface Posted {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let cloud: MessagingCloud;
let sns: SNS;
let server: Server;
let origin: string;
let posted: Posted[];
let statusOf: (post: Posted) => number;
let isSilent: (post: Posted) => boolean;
let made = 0;

beforeAll(async () => {
  cloud = await startMessagingCloud([service, sqs], createNodeWeb());
  sns = cloud.sns();
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const post = { path: request.url ?? '', headers: request.headers, body };
    posted.push(post);
    if (!isSilent(post)) response.writeHead(statusOf(post)).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  posted = [];
  statusOf = () => 200;
  isSilent = () => false;
});
afterAll(async () => {
  await cloud.stop();
  server.closeAllConnections();
  server.close();
});

const createTopic = async (Attributes: Record<string, string> = {}) => {
  made += 1;
  return (await sns.createTopic({ Name: `topic-${made}`, Attributes })).TopicArn as string;
};
/** Subscribes, and follows the link as whoever runs the server would. */
const subscribe = async (TopicArn: string, path: string, Attributes: Record<string, string> = {}) => {
  const Endpoint = origin + path;
  const input = { TopicArn, Protocol: 'http', Endpoint, Attributes, ReturnSubscriptionArn: true };
  const { SubscriptionArn = '' } = await sns.subscribe(input);
  await settled();
  await fetch(JSON.parse(posted.at(-1)?.body as string).SubscribeURL);
  posted = [];
  return SubscriptionArn;
};
/** What is due in more than a moment is not waited for. */
const settled = () => cloud.cloud.settle(500);
const retrying = (policy: object) => ({ DeliveryPolicy: JSON.stringify({ healthyRetryPolicy: policy }) });

/** As AWS describes it for clients. */
async function isGenuine(body: string): Promise<boolean> {
  const message = JSON.parse(body) as Record<string, string>;
  const names =
    message['Type'] === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  const signed = names.filter((name) => message[name] !== undefined).map((name) => `${name}\n${message[name]}\n`);
  const certificate = new X509Certificate(await (await fetch(message['SigningCertURL'] as string)).text());
  return createVerify(message['SignatureVersion'] === '2' ? 'RSA-SHA256' : 'RSA-SHA1')
    .update(signed.join(''))
    .verify(certificate.publicKey, message['Signature'] as string, 'base64');
}

describe('an endpoint', () => {
  it('is asked, gets what is published once it agreed, and is told when it is over', async () => {
    const TopicArn = await createTopic();
    const Endpoint = `${origin}/hook`;
    const input = { TopicArn, Protocol: 'http', Endpoint };
    expect((await sns.subscribe(input)).SubscriptionArn).toBe('pending confirmation');
    await settled();
    const [question] = posted;
    expect(question).toMatchObject({
      path: '/hook',
      headers: {
        'content-type': 'text/plain; charset=UTF-8',
        'user-agent': 'Amazon Simple Notification Service Agent',
        'x-amz-sns-message-type': 'SubscriptionConfirmation',
        'x-amz-sns-topic-arn': TopicArn,
      },
    });
    expect(await isGenuine(question?.body as string)).toBe(true);
    await sns.publish({ TopicArn, Message: 'too early' });
    await settled();
    expect(posted).toHaveLength(1);
    const confirmed = await (await fetch(JSON.parse(question?.body as string).SubscribeURL)).text();
    const SubscriptionArn = /<SubscriptionArn>(.+)<\/SubscriptionArn>/.exec(confirmed)?.[1] as string;
    const MessageAttributes = { a: { DataType: 'String', StringValue: 'v' } };
    const { MessageId } = await sns.publish({ TopicArn, Message: 'hello', Subject: 'ä', MessageAttributes });
    await settled();
    const notification = posted[1];
    expect(notification?.headers).toMatchObject({
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': MessageId,
      'x-amz-sns-subscription-arn': SubscriptionArn,
    });
    expect(JSON.parse(notification?.body as string)).toMatchObject({
      Message: 'hello',
      Subject: 'ä',
      MessageAttributes: { a: { Type: 'String', Value: 'v' } },
      UnsubscribeURL: expect.stringContaining(SubscriptionArn),
    });
    expect(await isGenuine(notification?.body as string)).toBe(true);
    await fetch(JSON.parse(notification?.body as string).UnsubscribeURL);
    await settled();
    expect(posted[2]?.headers['x-amz-sns-message-type']).toBe('UnsubscribeConfirmation');
    expect(await isGenuine(posted[2]?.body as string)).toBe(true);
    await sns.publish({ TopicArn, Message: 'too late' });
    await settled();
    expect(posted).toHaveLength(3);
  });

  it('can verify both versions of signatures, and tells forgeries', async () => {
    const TopicArn = await createTopic({ SignatureVersion: '2' });
    await subscribe(TopicArn, '/');
    await sns.publish({ TopicArn, Message: 'signed' });
    await settled();
    const body = posted[0]?.body as string;
    expect(JSON.parse(body)).toMatchObject({ SignatureVersion: '2' });
    expect(await isGenuine(body)).toBe(true);
    expect(await isGenuine(body.replace('signed', 'forged'))).toBe(false);
    expect(await isGenuine(body.replace('"SignatureVersion": "2"', '"SignatureVersion": "1"'))).toBe(false);
  });

  it('gets messages as they are, and as the type that it wants', async () => {
    const TopicArn = await createTopic();
    const requestPolicy = { headerContentType: 'application/json' };
    await subscribe(TopicArn, '/', {
      RawMessageDelivery: 'true',
      DeliveryPolicy: JSON.stringify({ requestPolicy }),
    });
    await sns.publish({ TopicArn, Message: '{"a":1}' });
    await settled();
    expect(posted[0]).toMatchObject({
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', 'x-amz-sns-rawdelivery': 'true' },
    });
  });
});

describe('an endpoint that wants so many a second', () => {
  it('gets no more than those', async () => {
    const TopicArn = await createTopic();
    await subscribe(TopicArn, '/', {
      DeliveryPolicy: JSON.stringify({ throttlePolicy: { maxReceivesPerSecond: 1 } }),
    });
    for (const Message of ['a', 'b', 'c']) await sns.publish({ TopicArn, Message });
    for (const count of [1, 2, 3]) {
      await settled();
      expect(posted).toHaveLength(count);
      cloud.advance(1_000);
    }
    const bodies = posted.map(({ body }) => JSON.parse(body).Message);
    expect(bodies.sort()).toEqual(['a', 'b', 'c']);
  });
});

describe('an endpoint that fails', () => {
  it('is tried again after the pauses of its policy, until it takes the message', async () => {
    const TopicArn = await createTopic();
    await subscribe(
      TopicArn,
      '/',
      retrying({ numRetries: 4, numNoDelayRetries: 1, minDelayTarget: 5, maxDelayTarget: 5 }),
    );
    statusOf = () => (posted.length < 4 ? 503 : 200);
    await sns.publish({ TopicArn, Message: 'at last' });
    await settled();
    expect(posted).toHaveLength(2); // once, and once more without a pause
    cloud.advance(4_000);
    await settled();
    expect(posted).toHaveLength(2);
    cloud.advance(1_000);
    await settled();
    expect(posted).toHaveLength(3);
    cloud.advance(5_000);
    await settled();
    expect(posted).toHaveLength(4);
    cloud.advance(3600_000);
    await settled();
    expect(posted).toHaveLength(4);
    expect(new Set(posted.map(({ headers }) => headers['x-amz-sns-message-id'])).size).toBe(1);
  });

  it('loses the message to the dead-letter queue when it was tried often enough', async () => {
    const TopicArn = await createTopic();
    const queue = cloud.sqs();
    const { QueueUrl = '' } = await queue.createQueue({ QueueName: 'dead' });
    const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:000000000000:dead';
    await subscribe(TopicArn, '/', {
      ...retrying({ numRetries: 2, numNoDelayRetries: 2 }),
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn }),
    });
    const receive = async () =>
      (await queue.receiveMessage({ QueueUrl, MessageAttributeNames: ['All'], MaxNumberOfMessages: 10 })).Messages ??
      [];
    statusOf = () => 500;
    await sns.publish({ TopicArn, Message: 'lost' });
    await settled();
    expect(posted).toHaveLength(3);
    const [letter] = await receive();
    expect(JSON.parse(letter?.Body as string)).toMatchObject({ Type: 'Notification', Message: 'lost' });
    // What is the sender's fault is not tried again.
    statusOf = () => 404;
    await sns.publish({ TopicArn, Message: 'unwanted' });
    await settled();
    expect(posted).toHaveLength(4);
    expect(await receive()).toHaveLength(1);
  });

  it('is tried for an hour in all', async () => {
    const TopicArn = await createTopic();
    await subscribe(TopicArn, '/', retrying({ numRetries: 100, minDelayTarget: 1200, maxDelayTarget: 1200 }));
    statusOf = () => 500;
    await sns.publish({ TopicArn, Message: 'given up' });
    for (let i = 0; i < 6; i++) {
      await settled();
      cloud.advance(1_200_001);
    }
    await settled();
    expect(posted).toHaveLength(3);
    expect([...cloud.store.listAll(deliveries)]).toHaveLength(0);
  });

  it('has a row for what is under way, until it took it', async () => {
    const TopicArn = await createTopic();
    await subscribe(TopicArn, '/', retrying({ numRetries: 3, minDelayTarget: 60, maxDelayTarget: 60 }));
    statusOf = () => 500;
    await sns.publish({ TopicArn, Message: 'patient' });
    await settled();
    expect(posted).toHaveLength(1);
    expect([...cloud.store.listAll(deliveries)]).toHaveLength(1);
    statusOf = () => 200;
    cloud.advance(60_000);
    await settled();
    expect(posted).toHaveLength(2);
    expect([...cloud.store.listAll(deliveries)]).toHaveLength(0);
  });

  it('does not hold the others up when it never answers', async () => {
    const TopicArn = await createTopic();
    await subscribe(TopicArn, '/silent');
    await subscribe(TopicArn, '/other');
    isSilent = ({ path }) => path === '/silent';
    const PublishBatchRequestEntries = Array.from({ length: 10 }, (_, i) => ({ Id: String(i), Message: String(i) }));
    for (let i = 0; i < 20; i++) await sns.publishBatch({ TopicArn, PublishBatchRequestEntries });
    const at = (wanted: string) => posted.filter(({ path }) => path === wanted).length;
    await vi.waitFor(() => expect(at('/other')).toBe(200), 10_000);
    expect(at('/silent')).toBe(16);
    // Those that wait for an answer are tried again later, and the rest is answered.
    isSilent = () => false;
    server.closeAllConnections();
    await vi.waitFor(() => expect(at('/silent')).toBe(200), 10_000);
  });
});
