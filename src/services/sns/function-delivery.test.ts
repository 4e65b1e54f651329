// Deliveries to functions, as a service that invokes them would get them.

import type { SNS } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Authorizations, as, resource } from '../../aws/authorization.ts';
import { awsError } from '../../aws/errors.ts';
import type { AsyncOperations } from '../../aws/operation.ts';
import type { Service } from '../../aws/service.ts';
import type { InvocationRequest, LambdaApi } from '../../generated/lambda.types.ts';
import { type MessagingCloud, startMessagingCloud } from '../sqs/cloud.testing.ts';
import { sqs } from '../sqs/sqs.ts';
import { sns as service } from './sns.ts';

interface Invocation {
  readonly input: InvocationRequest;
  readonly caller: string;
  readonly source: string | undefined;
}

const invocations: Invocation[] = [];
let failures = 0;

const functions: Service = {
  id: 'lambda',
  operations: {},
  asyncOperations: {
    async Invoke(ctx, input) {
      invocations.push({ input, caller: ctx.principal.arn, source: ctx.principal.source?.arn });
      if (input.FunctionName.endsWith(':gone')) throw awsError('ResourceNotFoundException', 'Function not found', 404);
      if (failures > 0) {
        failures -= 1;
        throw awsError('ServiceException', 'busy', 500);
      }
      return { StatusCode: 202 };
    },
  } satisfies AsyncOperations<LambdaApi>,
  authorization: {
    Invoke: as(
      'lambda:InvokeFunction',
      resource({
        type: 'function',
        of: ({ FunctionName: arn }: InvocationRequest, { account, region }) => [{ arn, account, region, id: arn }],
      }),
    ),
  } satisfies Authorizations<LambdaApi>,
};

let cloud: MessagingCloud;
let sns: SNS;

beforeAll(async () => {
  cloud = await startMessagingCloud([service, sqs, functions]);
  sns = cloud.sns();
});
afterAll(() => cloud.stop());

const settled = () => cloud.cloud.settle(500);
const functionArn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;

it('a function is invoked with an event, and again while Lambda is busy', async () => {
  const { TopicArn = '' } = await sns.createTopic({ Name: 'topic' });
  const Endpoint = functionArn('f');
  const { SubscriptionArn } = await sns.subscribe({ TopicArn, Protocol: 'lambda', Endpoint });
  expect(SubscriptionArn).toMatch(/^arn:aws:sns:/);
  failures = 2;
  const MessageAttributes = { a: { DataType: 'String', StringValue: 'v' } };
  const { MessageId } = await sns.publish({ TopicArn, Message: 'hello', MessageAttributes });
  await settled();
  expect(invocations).toHaveLength(3);
  const { input, caller, source } = invocations[2] as Invocation;
  expect({ caller, source }).toEqual({ caller: 'sns.amazonaws.com', source: TopicArn });
  expect(input).toMatchObject({ FunctionName: Endpoint, InvocationType: 'Event' });
  expect(JSON.parse(Buffer.from(input.Payload as Uint8Array).toString())).toEqual({
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: SubscriptionArn,
        Sns: {
          Type: 'Notification',
          MessageId,
          TopicArn,
          Subject: null,
          Message: 'hello',
          Timestamp: expect.any(String),
          SignatureVersion: '1',
          Signature: expect.any(String),
          SigningCertUrl: expect.stringContaining('.pem'),
          UnsubscribeUrl: expect.stringContaining('Action=Unsubscribe'),
          MessageAttributes: { a: { Type: 'String', Value: 'v' } },
        },
      },
    ],
  });
});

it('a function that is not there loses the message to the dead-letter queue', async () => {
  const { TopicArn = '' } = await sns.createTopic({ Name: 'lost' });
  const queue = cloud.sqs();
  const { QueueUrl } = await queue.createQueue({ QueueName: 'dead' });
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead' });
  const Endpoint = functionArn('gone');
  await sns.subscribe({ TopicArn, Protocol: 'lambda', Endpoint, Attributes: { RedrivePolicy } });
  await sns.publish({ TopicArn, Message: 'lost' });
  await settled();
  expect(invocations.at(-1)?.input.FunctionName).toBe(Endpoint);
  const { Messages = [] } = await queue.receiveMessage({ QueueUrl });
  expect(JSON.parse(Messages[0]?.Body as string)).toMatchObject({ Message: 'lost' });
});

it('an endpoint that is no function is refused', async () => {
  const { TopicArn } = await sns.createTopic({ Name: 'refusing' });
  await expect(sns.subscribe({ TopicArn, Protocol: 'lambda', Endpoint: 'f' })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
});
