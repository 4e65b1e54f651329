// Queues as the official client sees them: their names, attributes, tags and permissions.

import type { SQS } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagingCloud, startMessagingCloud } from './cloud.testing.ts';
import { sqs as service } from './sqs.ts';

let cloud: MessagingCloud;
let sqs: SQS;

beforeAll(async () => {
  cloud = await startMessagingCloud([service]);
  sqs = cloud.sqs();
});
afterAll(() => cloud.stop());

const create = async (QueueName: string, Attributes: Record<string, string> = {}) =>
  (await sqs.createQueue({ QueueName, Attributes })).QueueUrl as string;
const attributesOf = async (QueueUrl: string, ...AttributeNames: string[]) =>
  (
    await sqs.getQueueAttributes({
      QueueUrl,
      AttributeNames: (AttributeNames.length ? AttributeNames : ['All']) as never,
    })
  ).Attributes ?? {};
const arnOf = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const refused = (name: string, message?: RegExp) =>
  expect.objectContaining({ name, ...(message && { message: expect.stringMatching(message) }) });

describe('creating', () => {
  it('answers the same URL for the same queue, and refuses other attributes', async () => {
    const url = await create('same', { VisibilityTimeout: '10' });
    expect(url).toBe(`${cloud.endpoint}/000000000000/same`);
    expect(await create('same', { VisibilityTimeout: '10' })).toBe(url);
    expect(await create('same')).toBe(url);
    await expect(create('same', { VisibilityTimeout: '11' })).rejects.toEqual(
      refused('QueueNameExists', /different value for attribute VisibilityTimeout/),
    );
  });

  it('refuses names that no queue may have', async () => {
    for (const name of ['', 'with space', 'a'.repeat(81), 'no.dot', 'standard.fifo'])
      await expect(create(name), name).rejects.toEqual(refused('InvalidParameterValue'));
    await expect(create('fifo', { FifoQueue: 'true' })).rejects.toEqual(refused('InvalidParameterValue', /\.fifo/));
  });

  it('refuses attributes that are unknown, out of range, or of another kind of queue', async () => {
    const tries: [Record<string, string>, string][] = [
      [{ Nothing: '1' }, 'InvalidAttributeName'],
      [{ constructor: '1' }, 'InvalidAttributeName'],
      [{ FifoQueue: 'false' }, 'InvalidAttributeName'],
      [{ ContentBasedDeduplication: 'true' }, 'InvalidAttributeName'],
      [{ DeduplicationScope: 'queue' }, 'InvalidAttributeName'],
      [{ VisibilityTimeout: '43201' }, 'InvalidAttributeValue'],
      [{ DelaySeconds: '901' }, 'InvalidAttributeValue'],
      [{ MessageRetentionPeriod: '59' }, 'InvalidAttributeValue'],
      [{ MaximumMessageSize: '1048577' }, 'InvalidAttributeValue'],
      [{ ReceiveMessageWaitTimeSeconds: '21' }, 'InvalidAttributeValue'],
      [{ Policy: 'none' }, 'InvalidAttributeValue'],
      [{ Policy: '[]' }, 'InvalidAttributeValue'],
      [{ Policy: '{"Version":"2012-10-17","Statement":[]}' }, 'InvalidAttributeValue'],
      [{ Policy: '{"Statement":{"Effect":"Deny","Principle":"*","Action":"sqs:*"}}' }, 'InvalidAttributeValue'],
      [{ Policy: '{"Statement":{"Effect":"Deny","Action":"sqs:*","Resource":"*"}}' }, 'InvalidAttributeValue'],
    ];
    for (const [attributes, error] of tries)
      await expect(create('refused', attributes), JSON.stringify(attributes)).rejects.toEqual(refused(error));
    await expect(
      create('refused.fifo', { FifoQueue: 'true', FifoThroughputLimit: 'perMessageGroupId' }),
    ).rejects.toEqual(refused('InvalidAttributeValue', /DeduplicationScope is messageGroup/));
  });

  it('gives a name back sixty seconds after its queue was deleted', async () => {
    const url = await create('short-lived');
    await sqs.deleteQueue({ QueueUrl: url });
    await expect(sqs.getQueueUrl({ QueueName: 'short-lived' })).rejects.toEqual(refused('QueueDoesNotExist'));
    await expect(create('short-lived')).rejects.toEqual(refused('QueueDeletedRecently'));
    cloud.advance(60_000);
    expect(await create('short-lived')).toBe(url);
  });
});

describe('attributes', () => {
  it('have their defaults, and are shown as they were asked for', async () => {
    const url = await create('plain');
    expect(await attributesOf(url)).toMatchObject({
      QueueArn: arnOf('plain'),
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      ApproximateNumberOfMessagesDelayed: '0',
      DelaySeconds: '0',
      MaximumMessageSize: '1048576',
      MessageRetentionPeriod: '345600',
      ReceiveMessageWaitTimeSeconds: '0',
      VisibilityTimeout: '30',
      SqsManagedSseEnabled: 'true',
    });
    expect(await attributesOf(url, 'VisibilityTimeout', 'QueueArn', 'Policy')).toEqual({
      VisibilityTimeout: '30',
      QueueArn: arnOf('plain'),
    });
    const fifo = await attributesOf(await create('plain.fifo', { FifoQueue: 'true' }));
    expect(fifo).toMatchObject({
      FifoQueue: 'true',
      ContentBasedDeduplication: 'false',
      DeduplicationScope: 'queue',
      FifoThroughputLimit: 'perQueue',
    });
    await expect(attributesOf(url, 'Nothing')).rejects.toEqual(refused('InvalidAttributeName'));
  });

  it('can be set, and taken away', async () => {
    const url = await create('set');
    const set = (Attributes: Record<string, string>) => sqs.setQueueAttributes({ QueueUrl: url, Attributes });
    const statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: arnOf('set') };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await set({ VisibilityTimeout: '7', Policy });
    expect(await attributesOf(url, 'VisibilityTimeout', 'Policy')).toEqual({ VisibilityTimeout: '7', Policy });
    await set({ Policy: '' });
    expect(await attributesOf(url, 'Policy')).toEqual({});
    await expect(set({ FifoQueue: 'true' })).rejects.toEqual(refused('InvalidAttributeName'));
    const fifo = await create('set.fifo', { FifoQueue: 'True', ContentBasedDeduplication: 'TRUE' });
    expect(await create('set.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' })).toBe(fifo);
    await sqs.setQueueAttributes({ QueueUrl: fifo, Attributes: { FifoQueue: 'true' } });
    await expect(sqs.setQueueAttributes({ QueueUrl: fifo, Attributes: { FifoQueue: 'false' } })).rejects.toEqual(
      refused('InvalidAttributeValue', /Modifying queue type is not supported/),
    );
    await set({ KmsMasterKeyId: 'alias/aws/sqs' });
    expect(await attributesOf(url, 'SqsManagedSseEnabled', 'KmsDataKeyReusePeriodSeconds')).toEqual({
      SqsManagedSseEnabled: 'false',
      KmsDataKeyReusePeriodSeconds: '300',
    });
    await expect(set({ KmsMasterKeyId: 'alias/aws/sqs', SqsManagedSseEnabled: 'true' })).rejects.toEqual(
      refused('InvalidAttributeName', /one type of server-side encryption/),
    );
    await set({ KmsMasterKeyId: '', KmsDataKeyReusePeriodSeconds: '300' });
    expect(await attributesOf(url, 'SqsManagedSseEnabled', 'KmsDataKeyReusePeriodSeconds')).toEqual({
      SqsManagedSseEnabled: 'false',
    });
  });
});

describe('URLs', () => {
  it('tell the region when the host by which they are asked for can', async () => {
    const far = cloud.sqs('test', { region: 'eu-west-1' });
    await create('placed', { DelaySeconds: '1' });
    const { QueueUrl: farUrl } = await far.createQueue({ QueueName: 'placed', Attributes: { DelaySeconds: '2' } });
    const told: [string, string][] = [
      ['localhost.localstack.cloud:4566', 'http://sqs.us-east-1.localhost.localstack.cloud:4566'],
      ['sqs.eu-west-1.localhost.localstack.cloud', 'http://sqs.us-east-1.localhost.localstack.cloud'],
      ['eu-west-1.queue.localhost.localstack.cloud', 'http://us-east-1.queue.localhost.localstack.cloud'],
      ['127.0.0.1:1', 'http://127.0.0.1:1'],
    ];
    const withHost = (host: string) => {
      const client = cloud.sqs();
      client.middlewareStack.add(
        (next) => (args) => {
          (args.request as { headers: Record<string, string> }).headers['host'] = host;
          return next(args);
        },
        { step: 'build' },
      );
      return client;
    };
    for (const [host, endpoint] of told)
      expect((await withHost(host).getQueueUrl({ QueueName: 'placed' })).QueueUrl).toBe(
        `${endpoint}/000000000000/placed`,
      );
    const delayOf = async (place: string) =>
      (await attributesOf(`http://${place}/placed`, 'DelaySeconds'))['DelaySeconds'];
    expect(await delayOf('localhost/000000000000')).toBe('1');
    expect(await delayOf('sqs.eu-west-1.localhost.localstack.cloud:4566/000000000000')).toBe('2');
    expect(await delayOf('eu-west-1.queue.localhost/000000000000')).toBe('2');
    expect(await delayOf('localhost/queue/eu-west-1/000000000000')).toBe('2');
    await far.deleteQueue({ QueueUrl: farUrl });
  });
});

describe('redrive policies', () => {
  const redrive = (arn: unknown, maxReceiveCount: unknown = 3) => ({
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount }),
  });

  it('name a queue of the same kind that is there and admits the source', async () => {
    await create('dead');
    await create('dead.fifo', { FifoQueue: 'true' });
    await create('dead-to-all', { RedriveAllowPolicy: JSON.stringify({ redrivePermission: 'denyAll' }) });
    const byQueue = { redrivePermission: 'byQueue', sourceQueueArns: [arnOf('friend')] };
    await create('dead-to-some', { RedriveAllowPolicy: JSON.stringify(byQueue) });
    const tries: [Record<string, string>, RegExp][] = [
      [redrive(arnOf('nowhere')), /does not exist/],
      [redrive(arnOf('dead.fifo')), /same type/],
      [redrive(arnOf('dead'), 0), /maxReceiveCount/],
      [redrive(arnOf('dead'), true), /maxReceiveCount/],
      [redrive(arnOf('dead'), '1.0'), /maxReceiveCount/],
      [redrive(arnOf('dead'), 1001), /maxReceiveCount/],
      [redrive(arnOf('dead-to-all')), /permission/],
      [redrive(arnOf('dead-to-some')), /permission/],
      [{ RedrivePolicy: '{"maxReceiveCount":1}' }, /mandatory attribute: deadLetterTargetArn/],
      [{ RedrivePolicy: 'x' }, /valid JSON map/],
    ];
    for (const [attributes, message] of tries)
      await expect(create('stranger', attributes)).rejects.toEqual(refused('InvalidParameterValue', message));
    await create('friend', redrive(arnOf('dead-to-some')));
    await create('source-a', redrive(arnOf('dead'), '5'));
    expect(await attributesOf(`${cloud.endpoint}/000000000000/source-a`, 'RedrivePolicy')).toEqual({
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 5 }),
    });
  });

  it('tell a dead-letter queue its sources, page by page', async () => {
    const QueueUrl = `${cloud.endpoint}/000000000000/dead`;
    await create('source-b', redrive(arnOf('dead')));
    const first = await sqs.listDeadLetterSourceQueues({ QueueUrl, MaxResults: 1 });
    expect(first.queueUrls).toEqual([`${cloud.endpoint}/000000000000/source-a`]);
    const { NextToken } = first;
    const second = await sqs.listDeadLetterSourceQueues({ QueueUrl, MaxResults: 1, NextToken });
    expect(second).toMatchObject({ queueUrls: [`${cloud.endpoint}/000000000000/source-b`] });
    expect(second.NextToken).toBeUndefined();
  });
});

describe('lists', () => {
  it('go by prefix and in pages', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) await create(name);
    const url = (name: string) => `${cloud.endpoint}/000000000000/${name}`;
    const all = await sqs.listQueues({ QueueNamePrefix: 'page-' });
    expect(all.QueueUrls).toEqual(['page-a', 'page-b', 'page-c'].map(url));
    const first = await sqs.listQueues({ QueueNamePrefix: 'page-', MaxResults: 2 });
    expect(first.QueueUrls).toEqual(['page-a', 'page-b'].map(url));
    const { NextToken } = first;
    const rest = await sqs.listQueues({ QueueNamePrefix: 'page-', MaxResults: 2, NextToken });
    expect(rest.QueueUrls).toEqual([url('page-c')]);
    await expect(sqs.listQueues({ MaxResults: 1001 })).rejects.toEqual(refused('InvalidParameterValue'));
    await expect(sqs.listQueues({ MaxResults: 2, NextToken: 'x' })).rejects.toEqual(refused('InvalidParameterValue'));
  });

  it('show an account and a region only what is theirs', async () => {
    await create('mine');
    expect((await cloud.sqs('111111111111').listQueues({})).QueueUrls).toBeUndefined();
    expect((await cloud.sqs('test', { region: 'eu-west-1' }).listQueues({})).QueueUrls).toBeUndefined();
  });
});

describe('tags', () => {
  it('are kept, changed and taken away', async () => {
    const { QueueUrl } = await sqs.createQueue({ QueueName: 'tagged', tags: { a: '1' } });
    await sqs.tagQueue({ QueueUrl, Tags: { a: '2', b: '' } });
    expect((await sqs.listQueueTags({ QueueUrl })).Tags).toEqual({ a: '2', b: '' });
    await sqs.untagQueue({ QueueUrl, TagKeys: ['a', 'nothing'] });
    expect((await sqs.listQueueTags({ QueueUrl })).Tags).toEqual({ b: '' });
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, 'v']));
    await expect(sqs.tagQueue({ QueueUrl, Tags: many })).rejects.toEqual(refused('InvalidParameterValue', /Too many/));
    await expect(sqs.tagQueue({ QueueUrl, Tags: { 'aws:x': '' } })).rejects.toEqual(refused('InvalidParameterValue'));
  });
});

describe('permissions', () => {
  it('let another account do what they name, and nothing else', async () => {
    const url = await create('shared');
    const stranger = cloud.sqs('222222222222');
    await expect(stranger.sendMessage({ QueueUrl: url, MessageBody: 'x' })).rejects.toMatchObject({
      name: /AccessDenied/,
    });
    const permission = { QueueUrl: url, Label: 'one', AWSAccountIds: ['222222222222'], Actions: ['SendMessage'] };
    await sqs.addPermission(permission);
    await stranger.sendMessage({ QueueUrl: url, MessageBody: 'x' });
    await expect(stranger.receiveMessage({ QueueUrl: url })).rejects.toMatchObject({ name: /AccessDenied/ });
    await expect(sqs.addPermission(permission)).rejects.toEqual(refused('InvalidParameterValue', /Already exists/));
    const policy = JSON.parse((await attributesOf(url, 'Policy'))['Policy'] as string);
    expect(policy.Statement).toEqual([
      {
        Sid: 'one',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::222222222222:root' },
        Action: 'SQS:SendMessage',
        Resource: arnOf('shared'),
      },
    ]);
    await sqs.removePermission({ QueueUrl: url, Label: 'one' });
    expect(await attributesOf(url, 'Policy')).toEqual({});
    await expect(sqs.removePermission({ QueueUrl: url, Label: 'one' })).rejects.toEqual(
      refused('InvalidParameterValue', /can't find label/),
    );
  });

  it("cannot be given for what is the owner's alone", async () => {
    const QueueUrl = await create('own');
    const add = (Actions: string[], AWSAccountIds = ['222222222222']) =>
      sqs.addPermission({ QueueUrl, Label: 'l', AWSAccountIds, Actions });
    await expect(add(['DeleteQueue'])).rejects.toEqual(refused('InvalidParameterValue', /Only the queue owner/));
    await expect(add(['Nothing'])).rejects.toEqual(refused('InvalidParameterValue', /WSDL/));
    await expect(add(['SendMessage'], ['me'])).rejects.toEqual(refused('InvalidParameterValue', /Unable to verify/));
  });

  it('are no more, and no longer, than AWS allows', async () => {
    const QueueUrl = await create('much');
    const statement = (Sid: string) => ({
      Sid,
      Effect: 'Allow',
      Principal: '*',
      Action: 'sqs:GetQueueUrl',
      Resource: '*',
    });
    const set = (...sids: string[]) =>
      sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy: JSON.stringify({ Statement: sids.map(statement) }) } });
    const many = Array.from({ length: 21 }, (_, i) => `s${i}`);
    await expect(set(...many)).rejects.toEqual(refused('OverLimit', /21 Statements/));
    await expect(set('s'.repeat(8192))).rejects.toEqual(refused('OverLimit', /Bytes/));
    await set(...many.slice(1));
    const more = { QueueUrl, Label: 'l', AWSAccountIds: ['222222222222'], Actions: ['SendMessage'] };
    await expect(sqs.addPermission(more)).rejects.toEqual(refused('OverLimit', /21 Statements/));
  });
});

describe('the older protocol', () => {
  const call = async (path: string, form: Record<string, string>, headers: Record<string, string> = {}) => {
    const response = await fetch(cloud.endpoint + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization:
          'AWS4-HMAC-SHA256 Credential=test/20261129/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=' +
          '0'.repeat(64),
        'x-amz-date': '20261129T000000Z',
        ...headers,
      },
      body: new URLSearchParams({ Version: '2012-11-05', ...form }),
    });
    return { status: response.status, text: await response.text() };
  };

  it('is spoken, also at the URL of a queue', async () => {
    await create('older');
    const sent = await call('/000000000000/older', { Action: 'SendMessage', MessageBody: 'by form' });
    expect(sent.text).toContain('<MD5OfMessageBody>');
    const got = await call('/', {
      Action: 'ReceiveMessage',
      QueueUrl: `${cloud.endpoint}/000000000000/older`,
      'AttributeName.1': 'All',
    });
    expect(got.text).toMatch(/<Body>by form<\/Body>.*<Attribute><Name>SenderId<\/Name><Value>000000000000<\/Value>/);
    const gone = await call('/000000000000/nowhere', { Action: 'ReceiveMessage' });
    expect(gone.status).toBe(400);
    expect(gone.text).toContain('<Code>AWS.SimpleQueueService.NonExistentQueue</Code>');
    expect(gone.text).toContain('does not exist for this wsdl version.');
    const none = await call('/000000000000/older', { Action: 'ReceiveMessage' });
    expect(none.text).toContain('<ReceiveMessageResult/>');
    const empty = await call('/000000000000/older', { Action: 'SendMessageBatch', Entries: '' });
    expect(empty.text).toContain('<Code>AWS.SimpleQueueService.EmptyBatchRequest</Code>');
  });

  it('answers in JSON who asks for it', async () => {
    await create('in-json');
    const path = '/000000000000/in-json';
    await call(path, { Action: 'SendMessage', MessageBody: '{"a": "b"}' });
    const read = async (form: Record<string, string>) =>
      JSON.parse((await call(path, form, { accept: 'application/json' })).text) as object;
    expect(await read({ Action: 'ReceiveMessage' })).toMatchObject({
      ReceiveMessageResponse: {
        ReceiveMessageResult: { messages: [{ Body: '{"a": "b"}', Attributes: null }] },
        ResponseMetadata: { RequestId: expect.any(String) },
      },
    });
    expect(await read({ Action: 'GetQueueAttributes', 'AttributeName.1': 'QueueArn' })).toMatchObject({
      GetQueueAttributesResponse: {
        GetQueueAttributesResult: { Attributes: [{ Name: 'QueueArn', Value: arnOf('in-json') }] },
      },
    });
    expect(await read({ Action: 'ListQueues' })).toMatchObject({
      Error: {
        Code: 'InvalidAction',
        Message: 'The action ListQueues is not valid for this endpoint.',
        Type: 'Sender',
      },
    });
  });

  it('refuses at the URL of a queue what is not for a queue, and what is nothing', async () => {
    await create('endpoint');
    for (const Action of ['CreateQueue', 'ListQueues', 'FooBar'])
      expect((await call('/000000000000/endpoint', { Action })).text).toContain(
        `<Code>InvalidAction</Code><Message>The action ${Action} is not valid for this endpoint.</Message>`,
      );
    const credential = 'X-Amz-Credential=test%2F20261129%2Fus-east-1%2Fsqs%2Faws4_request';
    const nothing = await fetch(`${cloud.endpoint}/000000000000/endpoint?${credential}`);
    expect(nothing.status).toBe(404);
    expect(await nothing.text()).toBe('<UnknownOperationException/>');
  });

  it('lets strangers in by the policy of a queue, without a signature', async () => {
    const url = await create('open');
    const ask = async () => (await fetch(`${url}?Action=ReceiveMessage`)).status;
    expect(await ask()).toBe(403);
    const statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:ReceiveMessage', Resource: arnOf('open') };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await sqs.setQueueAttributes({ QueueUrl: url, Attributes: { Policy } });
    expect(await ask()).toBe(200);
  });
});
