// Topics and subscriptions as the official client sees them.

import type { SNS } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessagingCloud, startMessagingCloud } from '../sqs/cloud.testing.ts';
import { sqs } from '../sqs/sqs.ts';
import { sns as service } from './sns.ts';

let cloud: MessagingCloud;
let sns: SNS;

beforeAll(async () => {
  cloud = await startMessagingCloud([service, sqs]);
  sns = cloud.sns();
});
afterAll(() => cloud.stop());

const topicArn = (name: string) => `arn:aws:sns:us-east-1:000000000000:${name}`;
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const create = async (Name: string, Attributes: Record<string, string> = {}) =>
  (await sns.createTopic({ Name, Attributes })).TopicArn as string;
const subscribe = async (TopicArn: string, Protocol: string, Endpoint: string, Attributes = {}) =>
  (await sns.subscribe({ TopicArn, Protocol, Endpoint, Attributes, ReturnSubscriptionArn: true }))
    .SubscriptionArn as string;
const refused = (name: string, message?: RegExp) =>
  expect.objectContaining({ name, ...(message && { message: expect.stringMatching(message) }) });

describe('topics', () => {
  it('may take messages of up to a mebibyte, for queues and functions', async () => {
    const TopicArn = await create('large', { MaximumMessageSize: '1024' });
    const attribute = async () => (await sns.getTopicAttributes({ TopicArn })).Attributes?.['MaximumMessageSize'];
    const set = (AttributeValue: string) =>
      sns.setTopicAttributes({ TopicArn, AttributeName: 'MaximumMessageSize', AttributeValue });
    const publish = (bytes: number) => sns.publish({ TopicArn, Message: 'x'.repeat(bytes) });
    const batch = (...bytes: number[]) =>
      sns.publishBatch({
        TopicArn,
        PublishBatchRequestEntries: bytes.map((size, i) => ({ Id: String(i), Message: 'x'.repeat(size) })),
      });
    expect(await attribute()).toBe('1024');
    await publish(1024);
    await expect(publish(1025)).rejects.toEqual(refused('InvalidParameterException', /Message too long/));
    for (const wrong of ['1023', '1048577', '', '1e4'])
      await expect(set(wrong)).rejects.toEqual(refused('InvalidParameterException', /MaximumMessageSize/));
    await set('1048576');
    await subscribe(TopicArn, 'sqs', queueArn('large'));
    await expect(subscribe(TopicArn, 'sms', '+15551234567')).rejects.toEqual(refused('InvalidParameterException'));
    await publish(1_048_576);
    await batch(500_000, 548_576);
    await expect(batch(500_000, 548_577)).rejects.toEqual(refused('BatchRequestTooLongException'));
    await set('262144');
    await subscribe(TopicArn, 'sms', '+15551234567');
    await expect(set('262145')).rejects.toEqual(refused('InvalidParameterException', /no sms subscriptions/));
  });

  it('are made once, with the same attributes and tags', async () => {
    const TopicArn = await create('same', { DisplayName: 'one' });
    expect(TopicArn).toBe(topicArn('same'));
    expect(await create('same')).toBe(TopicArn);
    expect(await create('same', { SignatureVersion: '1', MaximumMessageSize: '262144' })).toBe(TopicArn);
    await expect(create('same', { DisplayName: 'two' })).rejects.toEqual(
      refused('InvalidParameterException', /already exists with different attributes/),
    );
    const tags = [{ Key: 'a', Value: '1' }];
    await expect(sns.createTopic({ Name: 'same', Tags: tags })).rejects.toEqual(
      refused('InvalidParameterException', /already exists with different tags/),
    );
    for (const name of ['', 'a b', 'a'.repeat(257), 'x.fifo'])
      await expect(create(name), name).rejects.toEqual(refused('InvalidParameterException'));
    await expect(create('x', { FifoTopic: 'true' })).rejects.toEqual(
      refused('InvalidParameterException', /Invalid parameter: Topic Name/),
    );
  });

  it('show their attributes, and take only those that are any', async () => {
    const TopicArn = await create('attributes');
    const { Attributes = {} } = await sns.getTopicAttributes({ TopicArn });
    expect(Attributes).toMatchObject({
      TopicArn,
      Owner: '000000000000',
      SubscriptionsConfirmed: '0',
      SubscriptionsPending: '0',
      SubscriptionsDeleted: '0',
    });
    expect(JSON.parse(Attributes['EffectiveDeliveryPolicy'] as string)).toMatchObject({
      http: { defaultHealthyRetryPolicy: { numRetries: 3, minDelayTarget: 20, maxDelayTarget: 20 } },
    });
    const set = (AttributeName: string, AttributeValue: string) =>
      sns.setTopicAttributes({ TopicArn, AttributeName, AttributeValue });
    await set('DisplayName', 'shown');
    await set('SignatureVersion', '2');
    expect((await sns.getTopicAttributes({ TopicArn })).Attributes).toMatchObject({
      DisplayName: 'shown',
      SignatureVersion: '2',
    });
    for (const [name, value] of [
      ['Nothing', ''],
      ['SignatureVersion', '3'],
      ['Policy', 'x'],
      ['Policy', '{"Statement":{"Effect":"Deny","Principle":"*","Action":"sns:Publish"}}'],
      ['Policy', '{"Statement":{"Effect":"Deny","Action":"sns:Publish","Resource":"*"}}'],
      ['DeliveryPolicy', '{"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}'],
      ['DeliveryPolicy', '{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":30,"maxDelayTarget":20}}}'],
      ['ContentBasedDeduplication', 'true'],
    ] as const)
      await expect(set(name, value), name).rejects.toEqual(refused('InvalidParameterException'));
    await expect(sns.getTopicAttributes({ TopicArn: topicArn('nowhere') })).rejects.toEqual(
      refused('NotFoundException', /Topic does not exist/),
    );
  });

  it('come in pages of a hundred, and go with their subscriptions', async () => {
    const other = cloud.sns('333333333333');
    const names = Array.from({ length: 101 }, (_, i) => `page-${String(i).padStart(3, '0')}`);
    for (const Name of names) await other.createTopic({ Name });
    const first = await other.listTopics({});
    expect(first.Topics).toHaveLength(100);
    const { NextToken } = first;
    const second = await other.listTopics({ NextToken });
    expect(second.Topics).toEqual([{ TopicArn: 'arn:aws:sns:us-east-1:333333333333:page-100' }]);
    const TopicArn = await create('short-lived');
    const SubscriptionArn = await subscribe(TopicArn, 'sqs', queueArn('q'));
    await sns.deleteTopic({ TopicArn });
    await sns.deleteTopic({ TopicArn });
    await expect(sns.getSubscriptionAttributes({ SubscriptionArn })).rejects.toEqual(refused('NotFoundException'));
  });

  it('have no data protection policy, which AWS gives to nobody new', async () => {
    const ResourceArn = await create('unprotected');
    const DataProtectionPolicy = '{"Name":"n","Version":"2021-06-01","Statement":[]}';
    await expect(sns.putDataProtectionPolicy({ ResourceArn, DataProtectionPolicy })).rejects.toEqual(
      refused('InvalidParameterException', /no longer available/),
    );
    await expect(sns.createTopic({ Name: 'protected', DataProtectionPolicy })).rejects.toEqual(
      refused('InvalidParameterException', /no longer available/),
    );
    await expect(sns.getDataProtectionPolicy({ ResourceArn })).rejects.toEqual(refused('NotFoundException'));
  });

  it('have tags', async () => {
    const ResourceArn = await create('tagged');
    await sns.tagResource({
      ResourceArn,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    });
    await sns.untagResource({ ResourceArn, TagKeys: ['a'] });
    expect((await sns.listTagsForResource({ ResourceArn })).Tags).toEqual([{ Key: 'b', Value: '2' }]);
    const many = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: '' }));
    await expect(sns.tagResource({ ResourceArn, Tags: many })).rejects.toEqual(refused('TagLimitExceededException'));
  });

  it('let another account publish when they say so', async () => {
    const TopicArn = await create('shared');
    const stranger = cloud.sns('222222222222');
    const publish = () => stranger.publish({ TopicArn, Message: 'x' });
    await expect(publish()).rejects.toMatchObject({ name: 'AuthorizationErrorException' });
    const permission = { TopicArn, Label: 'one', AWSAccountId: ['222222222222'], ActionName: ['Publish'] };
    await sns.addPermission(permission);
    expect((await publish()).MessageId).toBeDefined();
    await expect(sns.addPermission(permission)).rejects.toEqual(refused('InvalidParameterException', /already exists/));
    await sns.removePermission({ TopicArn, Label: 'one' });
    await expect(publish()).rejects.toMatchObject({ name: 'AuthorizationErrorException' });
  });
});

describe('subscriptions', () => {
  it('to one endpoint are one', async () => {
    const TopicArn = await create('one-endpoint');
    const SubscriptionArn = await subscribe(TopicArn, 'sqs', queueArn('q'));
    expect(await subscribe(TopicArn, 'sqs', queueArn('q'))).toBe(SubscriptionArn);
    await expect(subscribe(TopicArn, 'sqs', queueArn('q'), { RawMessageDelivery: 'true' })).rejects.toEqual(
      refused('InvalidParameterException', /already exists with different attributes/),
    );
    expect((await sns.getSubscriptionAttributes({ SubscriptionArn })).Attributes).toMatchObject({
      SubscriptionArn,
      TopicArn,
      Protocol: 'sqs',
      Endpoint: queueArn('q'),
      Owner: '000000000000',
      PendingConfirmation: 'false',
      ConfirmationWasAuthenticated: 'true',
      RawMessageDelivery: 'false',
    });
    expect((await sns.listSubscriptionsByTopic({ TopicArn })).Subscriptions).toEqual([
      { SubscriptionArn, TopicArn, Protocol: 'sqs', Endpoint: queueArn('q'), Owner: '000000000000' },
    ]);
    await sns.unsubscribe({ SubscriptionArn });
    await sns.unsubscribe({ SubscriptionArn });
    expect((await sns.getTopicAttributes({ TopicArn })).Attributes).toMatchObject({ SubscriptionsDeleted: '1' });
  });

  it('are refused for endpoints that are none', async () => {
    const TopicArn = await create('refusing');
    const fifo = await create('refusing.fifo', { FifoTopic: 'true' });
    for (const [topic, protocol, endpoint] of [
      [TopicArn, 'sqs', 'http://queue'],
      [TopicArn, 'sqs', queueArn('x.fifo')],
      [TopicArn, 'http', 'https://host/'],
      [TopicArn, 'https', 'not a url'],
      [TopicArn, 'email', 'nobody'],
      [TopicArn, 'sms', '+1 555'],
      [TopicArn, 'application', 'arn:aws:sns:us-east-1:000000000000:endpoint/GCM/a/b'],
      [TopicArn, 'pigeon', 'coop'],
      [fifo, 'http', 'http://host/'],
    ] as const)
      await expect(subscribe(topic, protocol, endpoint), `${protocol} ${endpoint}`).rejects.toEqual(
        refused('InvalidParameterException'),
      );
    for (const protocol of ['lambda', 'firehose'])
      await expect(subscribe(TopicArn, protocol, 'arn:aws:lambda:us-east-1:000000000000:function:f')).rejects.toThrow(
        /does not support/,
      );
  });

  it('are as many as AWS allows', async () => {
    const filtered = { FilterPolicy: '{"a":["b"]}' };
    const TopicArn = await create('many-filters');
    for (let i = 0; i < 200; i++) await subscribe(TopicArn, 'sqs', queueArn(`f${i}`), filtered);
    const SubscriptionArn = await subscribe(TopicArn, 'sqs', queueArn('plain'));
    await expect(subscribe(TopicArn, 'sqs', queueArn('one-more'), filtered)).rejects.toEqual(
      refused('FilterPolicyLimitExceededException'),
    );
    await expect(
      sns.setSubscriptionAttributes({ SubscriptionArn, AttributeName: 'FilterPolicy', AttributeValue: '{"a":["b"]}' }),
    ).rejects.toEqual(refused('FilterPolicyLimitExceededException'));
    const fifo = await create('many.fifo', { FifoTopic: 'true' });
    for (let i = 0; i < 100; i++) await subscribe(fifo, 'sqs', queueArn(`f${i}`));
    await expect(subscribe(fifo, 'sqs', queueArn('one-more'))).rejects.toEqual(
      refused('SubscriptionLimitExceededException'),
    );
  });

  it('have attributes that can be set, and taken away', async () => {
    const SubscriptionArn = await subscribe(await create('settings'), 'sqs', queueArn('q'));
    const set = (AttributeName: string, AttributeValue: string) =>
      sns.setSubscriptionAttributes({ SubscriptionArn, AttributeName, AttributeValue });
    const get = async () => (await sns.getSubscriptionAttributes({ SubscriptionArn })).Attributes;
    await set('FilterPolicy', '{"a":["b"]}');
    expect(await get()).toMatchObject({ FilterPolicy: '{"a":["b"]}', FilterPolicyScope: 'MessageAttributes' });
    await expect(set('FilterPolicy', '{"a":{"b":["c"]}}')).rejects.toEqual(
      refused('InvalidParameterException', /does not support nested/),
    );
    await set('FilterPolicyScope', 'MessageBody');
    await set('FilterPolicy', '{"a":{"b":["c"]}}');
    await expect(set('FilterPolicyScope', 'MessageAttributes')).rejects.toEqual(refused('InvalidParameterException'));
    await set('FilterPolicy', '');
    expect(await get()).not.toHaveProperty('FilterPolicy');
    for (const [name, value] of [
      ['RawMessageDelivery', 'perhaps'],
      ['FilterPolicyScope', 'Everything'],
      ['RedrivePolicy', '{"deadLetterTargetArn":"x"}'],
      ['DeliveryPolicy', 'x'],
      ['Nothing', 'x'],
    ] as const)
      await expect(set(name, value), name).rejects.toEqual(refused('InvalidParameterException'));
  });

  it('say what is wrong otherwise when they are new, and take a boolean however it is written', async () => {
    const TopicArn = await create('worded');
    const Endpoint = 'arn:aws:sqs:us-east-1:000000000000:worded';
    const make = (Attributes: Record<string, string>) =>
      sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint, Attributes, ReturnSubscriptionArn: true });
    await expect(make({ RawMessageDelivery: 'x' })).rejects.toEqual(
      refused('InvalidParameterException', /Attributes Reason: RawMessageDelivery: Invalid value \[x\]/),
    );
    await expect(make({ FilterPolicy: '{"a":"b"}' })).rejects.toEqual(
      refused('InvalidParameterException', /Attributes Reason: FilterPolicy: "a" must be an object or an array/),
    );
    const { SubscriptionArn } = await make({ RawMessageDelivery: 'TrUe', FilterPolicyScope: 'MessageBody' });
    const { Attributes } = await sns.getSubscriptionAttributes({ SubscriptionArn });
    expect(Attributes).toMatchObject({ RawMessageDelivery: 'true' });
    expect(Attributes).not.toHaveProperty('FilterPolicyScope');
    await expect(
      sns.setSubscriptionAttributes({ SubscriptionArn, AttributeName: 'FilterPolicy', AttributeValue: '{"a":"b"}' }),
    ).rejects.toEqual(refused('InvalidParameterException', /^Invalid parameter: FilterPolicy: "a" must/));
    await expect(sns.unsubscribe({ SubscriptionArn: 'arn:aws:sns:us-east-1:111111111111:x' })).rejects.toEqual(
      refused('InvalidParameterException', /Invalid parameter: SubscriptionId/),
    );
    await expect(cloud.sns('test', 'eu-west-1').publish({ TopicArn, Message: 'x' })).rejects.toEqual(
      refused('InvalidParameterException', /^Invalid parameter: TopicArn$/),
    );
  });

  it('wait for the consent of whoever is asked, and are forgotten without it', async () => {
    const TopicArn = await create('asking');
    const { SubscriptionArn: shown } = await sns.subscribe({ TopicArn, Protocol: 'email', Endpoint: 'a@example.com' });
    expect(shown).toBe('pending confirmation');
    const [pending] = (await sns.listSubscriptionsByTopic({ TopicArn })).Subscriptions ?? [];
    expect(pending?.SubscriptionArn).toBe('PendingConfirmation');
    await expect(sns.confirmSubscription({ TopicArn, Token: 'made up' })).rejects.toEqual(
      refused('InvalidParameterException', /Invalid token/),
    );
    await expect(sns.confirmSubscription({ TopicArn, Token: '0'.repeat(256) })).rejects.toEqual(
      refused('InvalidParameterException', /Invalid parameter: Token/),
    );
    const letters = await inspect('email-messages?emailAddress=a@example.com');
    const [letter] = letters.email_messages['a@example.com'] ?? [];
    const link = new URL(/http\S+/.exec(letter?.Message ?? '')?.[0] as string);
    expect((await fetch(link)).status).toBe(200);
    const [confirmed] = (await sns.listSubscriptionsByTopic({ TopicArn })).Subscriptions ?? [];
    expect(confirmed?.SubscriptionArn).toMatch(/^arn:aws:sns:us-east-1:000000000000:asking:/);
    for (const name of ['b', 'c'])
      await sns.subscribe({ TopicArn, Protocol: 'email', Endpoint: `${name}@example.com` });
    cloud.advance(24 * 3600_000);
    await sns.subscribe({ TopicArn, Protocol: 'email', Endpoint: 'c@example.com' });
    const left = async () => {
      await cloud.cloud.settle();
      const { Subscriptions = [] } = await sns.listSubscriptionsByTopic({ TopicArn });
      return Subscriptions.map(({ Endpoint }) => Endpoint).sort();
    };
    cloud.advance(24 * 3600_000);
    expect(await left()).toEqual(['a@example.com', 'c@example.com']);
    cloud.advance(24 * 3600_000);
    expect(await left()).toEqual(['a@example.com']);
  });

  it('have a token that can be looked at', async () => {
    const TopicArn = await create('tokens');
    const SubscriptionArn = await subscribe(TopicArn, 'http', 'http://127.0.0.1:1/');
    const { subscription_token: Token } = await inspect(`subscription-tokens/${SubscriptionArn}`);
    const { Attributes } = await sns.getSubscriptionAttributes({ SubscriptionArn });
    expect(Attributes).toMatchObject({ PendingConfirmation: 'true' });
    await sns.confirmSubscription({ TopicArn, Token, AuthenticateOnUnsubscribe: 'true' });
    expect((await sns.getSubscriptionAttributes({ SubscriptionArn })).Attributes).toMatchObject({
      PendingConfirmation: 'false',
      ConfirmationWasAuthenticated: 'true',
    });
    const unsigned = await fetch(`${cloud.endpoint}/?Action=Unsubscribe&SubscriptionArn=${SubscriptionArn}`);
    expect(unsigned.status).toBe(400);
    expect((await inspectRaw(`subscription-tokens/${TopicArn}:nothing`)).status).toBe(404);
    expect((await inspectRaw('subscription-tokens/nothing')).status).toBe(400);
  });
});

describe('what is kept instead of sent', () => {
  it('are text messages', async () => {
    const { MessageId } = await sns.publish({ PhoneNumber: '+15550100', Message: 'to a phone' });
    const TopicArn = await create('phones');
    await subscribe(TopicArn, 'sms', '+15550101');
    await sns.publish({ TopicArn, Message: 'to a topic', Subject: 'S' });
    const { sms_messages, region } = await inspect('sms-messages');
    expect(region).toBe('us-east-1');
    expect(sms_messages['+15550100']).toMatchObject([{ MessageId, Message: 'to a phone', TopicArn: null }]);
    expect(sms_messages['+15550101']).toMatchObject([{ Message: 'to a topic', TopicArn, Subject: 'S' }]);
    await fetch(`${cloud.endpoint}/_aws/sns/sms-messages?phoneNumber=%2B15550100`, { method: 'DELETE' });
    expect(Object.keys((await inspect('sms-messages')).sms_messages)).toEqual(['+15550101']);
    await expect(sns.publish({ PhoneNumber: '555', Message: 'x' })).rejects.toEqual(
      refused('InvalidParameterException', /is not valid to publish to/),
    );
  });

  it('has settings of its own, and numbers that opted out', async () => {
    expect((await sns.getSMSAttributes({})).attributes).toEqual({ MonthlySpendLimit: '1' });
    await sns.setSMSAttributes({ attributes: { DefaultSenderID: 'Me', DefaultSMSType: 'Promotional' } });
    expect((await sns.getSMSAttributes({ attributes: ['DefaultSenderID'] })).attributes).toEqual({
      DefaultSenderID: 'Me',
    });
    await expect(sns.setSMSAttributes({ attributes: { Other: 'x' } })).rejects.toEqual(
      refused('InvalidParameterException', /^Other is not a valid attribute$/),
    );
    await expect(sns.setSMSAttributes({ attributes: { DefaultSenderID: '12' } })).rejects.toEqual(
      refused('InvalidParameterException'),
    );
    const phoneNumber = '+15550102';
    const isOptedOut = async () => (await sns.checkIfPhoneNumberIsOptedOut({ phoneNumber })).isOptedOut;
    expect(await isOptedOut()).toBe(false);
    const optOut = (body: object) =>
      fetch(`${cloud.endpoint}/_aws/sns/phone-opt-outs`, { method: 'POST', body: JSON.stringify(body) });
    expect((await optOut({ phoneNumber })).status).toBe(200);
    expect((await optOut({ phoneNumber: 'x' })).status).toBe(400);
    expect(await isOptedOut()).toBe(true);
    expect((await sns.listPhoneNumbersOptedOut({})).phoneNumbers).toEqual([phoneNumber]);
    await sns.optInPhoneNumber({ phoneNumber });
    expect(await isOptedOut()).toBe(false);
    await expect(sns.optInPhoneNumber({ phoneNumber: 'x' })).rejects.toEqual(
      refused('InvalidParameterException', /input incorrectly formatted/),
    );
  });

  it('goes through applications that keep their credentials to themselves', async () => {
    const make = (Name: string, Attributes: Record<string, string>) =>
      sns.createPlatformApplication({ Name, Platform: 'ADM', Attributes });
    const { PlatformApplicationArn } = await make('adm', { PlatformCredential: 'c', PlatformPrincipal: 'p' });
    const again = await make('adm', { PlatformPrincipal: 'p', PlatformCredential: 'c' });
    expect(again.PlatformApplicationArn).toBe(PlatformApplicationArn);
    const elsewhere = (PlatformApplicationArn as string).replace('us-east-1', 'eu-west-1');
    await sns.deletePlatformApplication({ PlatformApplicationArn: elsewhere });
    expect((await sns.getPlatformApplicationAttributes({ PlatformApplicationArn })).Attributes).toEqual({
      Enabled: 'true',
    });
    await expect(make('other', { PlatformCredential: 'c' })).rejects.toEqual(
      refused('InvalidParameterException', /without PlatformPrincipal/),
    );
    await expect(make('other', { PlatformPrincipal: 'p' })).rejects.toEqual(
      refused('InvalidParameterException', /without PlatformCredential/),
    );
    await expect(make('@name', { PlatformCredential: 'c', PlatformPrincipal: 'p' })).rejects.toEqual(
      refused('InvalidParameterException', /@name Reason: must contain only characters/),
    );
  });

  it('are messages to mobile endpoints', async () => {
    const { PlatformApplicationArn } = await sns.createPlatformApplication({
      Name: 'app',
      Platform: 'GCM',
      Attributes: { PlatformCredential: 'key' },
    });
    const { EndpointArn } = await sns.createPlatformEndpoint({ PlatformApplicationArn, Token: 't' });
    expect((await sns.createPlatformEndpoint({ PlatformApplicationArn, Token: 't' })).EndpointArn).toBe(EndpointArn);
    await expect(
      sns.createPlatformEndpoint({ PlatformApplicationArn, Token: 't', CustomUserData: 'other' }),
    ).rejects.toEqual(refused('InvalidParameterException', /already exists with the same Token/));
    const TargetArn = EndpointArn as string;
    const Message = JSON.stringify({ default: 'd', GCM: '{"data":1}' });
    await sns.publish({ TargetArn, Message, MessageStructure: 'json' });
    await sns.publish({ TargetArn, Message: '{"GCM":"alone"}', MessageStructure: 'json' });
    await expect(sns.publish({ TargetArn, Message: '{"APNS":"x"}', MessageStructure: 'json' })).rejects.toEqual(
      refused('InvalidParameterException', /No default entry/),
    );
    const { platform_endpoint_messages: kept } = await inspect('platform-endpoint-messages');
    expect(kept[TargetArn]).toMatchObject([
      { TargetArn, Message: '{"data":1}', MessageStructure: 'json' },
      { Message: 'alone' },
    ]);
    await sns.setEndpointAttributes({ EndpointArn: TargetArn, Attributes: { Enabled: 'false' } });
    await expect(sns.publish({ TargetArn, Message: 'x' })).rejects.toEqual(refused('EndpointDisabledException'));
    await sns.deleteEndpoint({ EndpointArn: TargetArn });
    await expect(sns.publish({ TargetArn, Message: 'x' })).rejects.toEqual(
      refused('InvalidParameterException', /No endpoint found for the target arn specified/),
    );
  });
});

const inspectRaw = (path: string) => fetch(`${cloud.endpoint}/_aws/sns/${path}`);
type Letters = Readonly<Record<string, readonly { readonly Message: string }[]>>;

interface Inspected {
  readonly email_messages: Letters;
  readonly sms_messages: Letters;
  readonly platform_endpoint_messages: Letters;
  readonly subscription_token: string;
  readonly region: string;
}

const inspect = async (path: string) => (await (await inspectRaw(path)).json()) as Inspected;
