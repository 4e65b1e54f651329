// Our errors, as the real SDK clients read them: the right class, code, status and members on every protocol.

import { CloudWatchClient, DescribeAlarmsCommand, InvalidNextToken } from '@aws-sdk/client-cloudwatch';
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeInstancesCommand, EC2Client, EC2ServiceException } from '@aws-sdk/client-ec2';
import { GetUserCommand, IAMClient, NoSuchEntityException } from '@aws-sdk/client-iam';
import {
  InvokeCommand,
  LambdaClient,
  ResourceNotFoundException,
  TooManyRequestsException,
} from '@aws-sdk/client-lambda';
import {
  ChangeResourceRecordSetsCommand,
  GetHostedZoneCommand,
  InvalidChangeBatch,
  NoSuchHostedZone,
  Route53Client,
} from '@aws-sdk/client-route-53';
import {
  GetObjectCommand,
  HeadObjectCommand,
  InvalidObjectState,
  NoSuchKey,
  NotFound,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, QueueDoesNotExist, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, ExpiredTokenException, STSClient } from '@aws-sdk/client-sts';
import { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import { describe, expect, test } from 'vitest';
import { type AwsError, awsError } from '../errors.ts';
import type { ServiceId } from '../model.ts';
import { createLoopback } from './sdk-loopback.testing.ts';

interface Client {
  send(command: never): Promise<unknown>;
}

/** What the SDK throws when the service throws `error`. */
async function thrown(
  id: ServiceId,
  create: (options: never) => Client,
  command: unknown,
  error: AwsError,
  options: object = {},
): Promise<Record<string, unknown> & Error> {
  const { requestHandler } = createLoopback(id, () => {
    throw error;
  });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const base = {
    region: 'us-east-1',
    endpoint: 'http://localhost:4566',
    credentials,
    maxAttempts: 1,
    forcePathStyle: true,
  };
  const client = create({ ...base, requestHandler, ...options } as never);
  return client.send(command as never).then(
    () => expect.unreachable('the SDK did not throw'),
    (caught) => caught as Record<string, unknown> & Error,
  );
}

function statusOf(error: Record<string, unknown>): unknown {
  return (error['$metadata'] as { httpStatusCode: number }).httpStatusCode;
}

test('ec2', async () => {
  const error = awsError('InvalidInstanceID.NotFound', "The instance ID 'i-1' does not exist");
  const caught = await thrown('ec2', (options) => new EC2Client(options), new DescribeInstancesCommand({}), error);
  expect(caught).toBeInstanceOf(EC2ServiceException);
  expect(caught).toMatchObject({ name: 'InvalidInstanceID.NotFound', message: "The instance ID 'i-1' does not exist" });
  expect((caught['$metadata'] as { requestId: string }).requestId).toBe('request-1');
});

test('query: a modelled exception by its code or by its name', async () => {
  for (const code of ['NoSuchEntity', 'NoSuchEntityException']) {
    const caught = await thrown(
      'iam',
      (options) => new IAMClient(options),
      new GetUserCommand({ UserName: 'x' }),
      awsError(code, 'no <x> & y'),
    );
    expect(caught).toBeInstanceOf(NoSuchEntityException);
    expect(caught).toMatchObject({ message: 'no <x> & y', Code: 'NoSuchEntity', Type: 'Sender' });
    expect(statusOf(caught)).toBe(404);
  }
  const assume = new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::000000000000:role/r', RoleSessionName: 's' });
  expect(
    await thrown('sts', (options) => new STSClient(options), assume, awsError('ExpiredTokenException', 'old')),
  ).toBeInstanceOf(ExpiredTokenException);
});

test('json: members of exceptions', async () => {
  const put = new PutItemCommand({ TableName: 't', Item: {} });
  const failed = await thrown(
    'dynamodb',
    (options) => new DynamoDBClient(options),
    put,
    awsError('ConditionalCheckFailedException', 'The conditional request failed', 400, { Item: { a: { S: 'x' } } }),
  );
  expect(failed).toBeInstanceOf(ConditionalCheckFailedException);
  expect(failed).toMatchObject({ message: 'The conditional request failed', Item: { a: { S: 'x' } } });

  const canceled = await thrown(
    'dynamodb',
    (options) => new DynamoDBClient(options),
    new TransactWriteItemsCommand({ TransactItems: [] }),
    awsError('TransactionCanceledException', 'canceled', 400, { CancellationReasons: [{ Code: 'None' }] }),
  );
  expect(canceled).toBeInstanceOf(TransactionCanceledException);
  expect(canceled).toMatchObject({ CancellationReasons: [{ Code: 'None' }] });

  const missing = await thrown(
    'ssm',
    (options) => new SSMClient(options),
    new GetParameterCommand({ Name: 'n' }),
    awsError('ParameterNotFound', ''),
  );
  expect(missing).toBeInstanceOf(ParameterNotFound);
});

test('json, query compatible: the class by name, the code as on the older protocol', async () => {
  const error = awsError('QueueDoesNotExist', 'The specified queue does not exist.');
  const caught = await thrown(
    'sqs',
    (options) => new SQSClient(options),
    new GetQueueUrlCommand({ QueueName: 'q' }),
    error,
  );
  expect(caught).toBeInstanceOf(QueueDoesNotExist);
  expect(caught).toMatchObject({
    Code: 'AWS.SimpleQueueService.NonExistentQueue',
    Type: 'Sender',
    message: 'The specified queue does not exist.',
  });
  expect(statusOf(caught)).toBe(400);
});

test('rest-json: status, members and headers from the model', async () => {
  const invoke = new InvokeCommand({ FunctionName: 'f' });
  const missing = await thrown(
    'lambda',
    (options) => new LambdaClient(options),
    invoke,
    awsError('ResourceNotFoundException', 'Function not found'),
  );
  expect(missing).toBeInstanceOf(ResourceNotFoundException);
  expect(missing).toMatchObject({ message: 'Function not found', Type: 'User' });
  expect(statusOf(missing)).toBe(404);

  const tooMany = awsError('TooManyRequestsException', 'Rate exceeded', 429, {
    retryAfterSeconds: '3',
    Reason: 'ConcurrentInvocationLimitExceeded',
  });
  const limited = await thrown('lambda', (options) => new LambdaClient(options), invoke, tooMany);
  expect(limited).toBeInstanceOf(TooManyRequestsException);
  expect(limited).toMatchObject({ retryAfterSeconds: '3', Reason: 'ConcurrentInvocationLimitExceeded' });
});

test('rest-xml: S3', async () => {
  const get = new GetObjectCommand({ Bucket: 'bucket', Key: 'k' });
  const noKey = await thrown(
    's3',
    (options) => new S3Client(options),
    get,
    awsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: 'k' }),
  );
  expect(noKey).toBeInstanceOf(NoSuchKey);
  expect(noKey).toMatchObject({ message: 'The specified key does not exist.', Key: 'k', RequestId: 'request-1' });
  expect(statusOf(noKey)).toBe(404);

  const archived = awsError('InvalidObjectState', 'archived', 403, { StorageClass: 'GLACIER' });
  const state = await thrown('s3', (options) => new S3Client(options), get, archived);
  expect(state).toBeInstanceOf(InvalidObjectState);
  expect(state).toMatchObject({ StorageClass: 'GLACIER' });

  const head = new HeadObjectCommand({ Bucket: 'bucket', Key: 'k' });
  expect(await thrown('s3', (options) => new S3Client(options), head, awsError('NoSuchKey', 'x', 404))).toBeInstanceOf(
    NotFound,
  );
});

test('rest-xml: Route 53', async () => {
  const zone = awsError('NoSuchHostedZone', 'No hosted zone found with ID: Z1', 404);
  const caught = await thrown(
    'route53',
    (options) => new Route53Client(options),
    new GetHostedZoneCommand({ Id: 'Z1' }),
    zone,
  );
  expect(caught).toBeInstanceOf(NoSuchHostedZone);
  expect(caught).toMatchObject({ message: 'No hosted zone found with ID: Z1' });
  const change = new ChangeResourceRecordSetsCommand({ HostedZoneId: 'Z1', ChangeBatch: { Changes: [] } });
  const batch = awsError('InvalidChangeBatch', 'bad', 400, { messages: ['one', 'two'] });
  const invalid = await thrown('route53', (options) => new Route53Client(options), change, batch);
  expect(invalid).toBeInstanceOf(InvalidChangeBatch);
  expect(invalid).toMatchObject({ messages: ['one', 'two'] });
});

describe('CloudWatch over each of its protocols', () => {
  test.each([
    ['JSON', {}],
    ['query', { protocol: AwsQueryProtocol }],
    ['CBOR', { protocol: AwsSmithyRpcV2CborProtocol }],
  ])('%s', async (_name, options) => {
    const create = (all: never) => new CloudWatchClient(all);
    const caught = await thrown(
      'cloudwatch',
      create,
      new DescribeAlarmsCommand({}),
      awsError('InvalidNextToken', 'no such token'),
      options,
    );
    expect(caught).toBeInstanceOf(InvalidNextToken);
    expect(caught).toMatchObject({ message: 'no such token' });
    expect(statusOf(caught)).toBe(400);
  });
});
