import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rootPrincipal } from '../../aws/principal.ts';
import type { Event, LookupEventsRequest } from '../../generated/cloudtrail.types.ts';
import { iam } from '../iam/iam.ts';
import { startTestCloud, type TestCloud } from '../s3/cloud.testing.ts';
import { sqs } from '../sqs/sqs.ts';
import { sts } from '../sts/sts.ts';
import { cloudtrail } from './cloudtrail.ts';

const account = '111122223333';
let cloud: TestCloud;
let asRoot: IAMClient;
let asAnn: SQSClient;
let keyOfAnn = '';

const configure = (accessKeyId: string, secretAccessKey: string) => ({
  endpoint: cloud.endpoint,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: { accessKeyId, secretAccessKey },
});

const lookUp = (input: LookupEventsRequest = {}, region = 'us-east-1') =>
  cloud.cloud.client('cloudtrail', { account, region }, rootPrincipal(account)).LookupEvents(input);

async function findEvent(name: string): Promise<Event & { readonly record: Record<string, unknown> }> {
  const found = await expect
    .poll(
      async () =>
        (await lookUp({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: name }] })).Events?.[0],
    )
    .toBeDefined()
    .then(() => lookUp({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: name }] }));
  const event = found.Events?.[0] as Event;
  return { ...event, record: JSON.parse(event.CloudTrailEvent ?? '{}') as Record<string, unknown> };
}

beforeAll(async () => {
  cloud = await startTestCloud([iam, sts, sqs, cloudtrail]);
  asRoot = new IAMClient(configure(account, 'test'));
  await asRoot.send(new CreateUserCommand({ UserName: 'ann', Path: '/team/' }));
  const { AccessKey } = await asRoot.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  keyOfAnn = AccessKey?.AccessKeyId ?? '';
  asAnn = new SQSClient(configure(keyOfAnn, AccessKey?.SecretAccessKey ?? ''));
});

afterAll(async () => {
  asRoot.destroy();
  asAnn.destroy();
  await cloud.stop();
});

describe('the event history', () => {
  it('tells who did what to which resource, and what came of it', async () => {
    const event = await findEvent('CreateUser');
    expect(event).toMatchObject({
      EventSource: 'iam.amazonaws.com',
      ReadOnly: 'false',
      Username: 'root',
      Resources: [{ ResourceType: 'AWS::IAM::User', ResourceName: 'team/ann' }],
    });
    expect(event.record).toMatchObject({
      eventID: event.EventId,
      awsRegion: 'us-east-1',
      userIdentity: { type: 'Root', accountId: account, accessKeyId: account },
      requestParameters: { userName: 'ann', path: '/team/' },
      responseElements: { user: { userName: 'ann', arn: `arn:aws:iam::${account}:user/team/ann` } },
      eventCategory: 'Management',
    });
  });

  it('hides secrets', async () => {
    const { record } = await findEvent('CreateAccessKey');
    expect(record['responseElements']).toMatchObject({
      accessKey: { accessKeyId: keyOfAnn, status: 'Active' },
    });
    expect(JSON.stringify(record)).not.toMatch(/secretAccessKey/i);
  });

  it('shows which keys STS handed out, though it counts as reading, and not their secrets', async () => {
    const asker = cloud.keep(new STSClient(configure(account, 'test')));
    const { Credentials } = await asker.send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
    const { record } = await findEvent('GetSessionToken');
    expect(record).toMatchObject({
      readOnly: true,
      requestParameters: { durationSeconds: 900 },
      responseElements: {
        credentials: {
          accessKeyId: Credentials?.AccessKeyId,
          sessionToken: Credentials?.SessionToken,
          expiration: expect.stringMatching(/^[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M$/),
        },
      },
    });
    expect(JSON.stringify(record)).not.toContain(Credentials?.SecretAccessKey);
  });

  it('tells of denials, and by which key', async () => {
    await expect(asAnn.send(new ListQueuesCommand({}))).rejects.toThrow(/is not authorized to perform: sqs:ListQueues/);
    const event = await findEvent('ListQueues');
    expect(event).toMatchObject({ Username: 'ann', AccessKeyId: keyOfAnn, ReadOnly: 'true' });
    expect(event.record).toMatchObject({
      errorCode: expect.stringMatching(/^AccessDenied/),
      userIdentity: { type: 'IAMUser', userName: 'ann' },
      responseElements: null,
    });
  });

  it('leaves out work on data', async () => {
    const url = `${cloud.endpoint}/${account}/nowhere`;
    await expect(asAnn.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x' }))).rejects.toThrow();
    await asRoot.send(new GetUserCommand({ UserName: 'ann' }));
    await findEvent('GetUser'); // came later, and is there
    expect(
      (await lookUp({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'SendMessage' }] })).Events,
    ).toEqual([]);
  });

  it('begins with the latest, page by page, and keeps regions apart', async () => {
    await findEvent('GetUser');
    const all = (await lookUp()).Events?.map(({ EventId }) => EventId);
    const first = await lookUp({ MaxResults: 2 });
    const second = await lookUp({ MaxResults: 50, NextToken: first.NextToken });
    expect([...(first.Events ?? []), ...(second.Events ?? [])].map(({ EventId }) => EventId)).toEqual(all);
    expect(first.Events?.[0]?.EventName).toBe('GetUser');
    expect((await lookUp({}, 'eu-west-1')).Events).toEqual([]);
  });

  it('refuses what AWS refuses', async () => {
    const attribute = { AttributeKey: 'EventName', AttributeValue: 'x' } as const;
    await expect(lookUp({ LookupAttributes: [attribute, attribute] })).rejects.toThrow(/one lookup attribute/);
    await expect(lookUp({ StartTime: 2_000, EndTime: 1_000 })).rejects.toMatchObject({
      code: 'InvalidTimeRangeException',
    });
    await expect(lookUp({ NextToken: 'x' })).rejects.toMatchObject({ code: 'InvalidNextTokenException' });
  });
});

describe('the log of the last calls', () => {
  it('explains a denial statement by statement, as it was judged then', async () => {
    const document = {
      Version: '2012-10-17',
      Statement: [
        { Sid: 'Elsewhere', Effect: 'Allow', Action: 'sqs:*', Resource: `arn:aws:sqs:eu-west-1:${account}:*` },
        {
          Effect: 'Allow',
          Action: 'sqs:ListQueues',
          Resource: '*',
          Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue' } },
        },
      ],
    };
    await asRoot.send(
      new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'own', PolicyDocument: JSON.stringify(document) }),
    );
    const refusal = await asAnn.send(new ListQueuesCommand({})).catch((error: unknown) => error);
    const { requestId } = (refusal as { $metadata: { requestId: string } }).$metadata;
    await asRoot
      .send(
        new PutUserPolicyCommand({
          UserName: 'ann',
          PolicyName: 'own',
          PolicyDocument: JSON.stringify({ ...document, Statement: [] }),
        }),
      )
      .catch(() => undefined);
    const call = cloud.cloud.callLog.find(requestId);
    expect(cloud.cloud.callLog.denied()[0]).toBe(call);
    expect(call?.accesses).toHaveLength(1);
    const [access] = call?.accesses ?? [];
    expect(access).toMatchObject({ action: 'sqs:ListQueues', decision: { effect: 'deny', isExplicit: false } });
    expect(access?.reports?.[0]?.statements).toMatchObject([
      { sid: 'Elsewhere', applies: false, misses: [{ what: 'resource' }] },
      {
        place: 2,
        applies: false,
        misses: [
          {
            what: 'condition',
            operator: 'StringEquals',
            key: 'aws:PrincipalTag/team',
            wanted: ['blue'],
            actual: undefined,
          },
        ],
      },
    ]);
  });

  it('counts what each principal needed', () => {
    const uses = cloud.cloud.callLog.accesses({ principal: `arn:aws:iam::${account}:user/team/ann` });
    expect(uses.find(({ action }) => action === 'sqs:ListQueues')).toMatchObject({ count: 2, denied: 2 });
    expect(cloud.cloud.callLog.accesses({ sinceMs: Number.MAX_SAFE_INTEGER })).toEqual([]);
  });
});
