// Every operation that AWS's models have, in every protocol that its service speaks, is routed to itself; what is not
// built says so by its name, in the form that the service's clients read.

import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as ec2 from '@aws-sdk/client-ec2';
import * as iam from '@aws-sdk/client-iam';
import * as lambda from '@aws-sdk/client-lambda';
import * as route53 from '@aws-sdk/client-route-53';
import * as s3 from '@aws-sdk/client-s3';
import * as sqs from '@aws-sdk/client-sqs';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadServiceModel, type OperationModel, type ProtocolName, type ServiceId } from '../../src/aws/model.ts';
import { randomStructure, seededRandom, toSdk } from '../../src/aws/protocols/random-values.testing.ts';
import { type SdkRequest, toHttpResponse, toWireRequest } from '../../src/aws/protocols/sdk-loopback.testing.ts';
import { services as entries } from '../../src/generated/index.ts';
import { services as builtServices } from '../../src/main.ts';
import { encodeRequest } from './encode-request.ts';
import { type AnswerError, contentFormat, formatOf, readAnswer } from './read-answer.ts';
import { createTestCloud, isBuilt, type TestCloud } from './test-cloud.ts';
import { createValidInputs } from './valid-input.ts';

const signer = { accessKeyId: 'test', region: 'us-east-1', amzDate: '20261121T090000Z' };

/** These are written exactly as another operation is, which is the one that was meant to replace them. */
const sameOnTheWire: Readonly<Record<string, string>> = {
  's3:GetBucketLifecycle': 's3:GetBucketLifecycleConfiguration',
  's3:PutBucketLifecycle': 's3:PutBucketLifecycleConfiguration',
  's3:GetBucketNotification': 's3:GetBucketNotificationConfiguration',
  's3:PutBucketNotification': 's3:PutBucketNotificationConfiguration',
  // Directory buckets have an endpoint of their own, which an endpoint that is given takes the place of.
  's3:ListDirectoryBuckets': 's3:ListBuckets',
};

const nameOf = (id: ServiceId, name: string): string => sameOnTheWire[`${id}:${name}`] ?? `${id}:${name}`;

const notBuilt = (name: string): string => `cloudlet does not support ${name} yet.`;

function faultOf(
  error: AnswerError | undefined,
  name: string,
  cloud: TestCloud,
  isSilent: boolean,
): string | undefined {
  if (cloud.lastRouted() !== name.replace(':', '.')) return `went to ${cloud.lastRouted()}`;
  if (!error?.requestId) return `has no request id: ${JSON.stringify(error)}`;
  if (isSilent) return undefined;
  // SQS has an exception of that name, with another code on the query protocol.
  const isRight = /^(AWS\.SimpleQueueService\.)?UnsupportedOperation$/.test(error.code);
  return isRight && error.message === notBuilt(name) ? undefined : JSON.stringify(error);
}

async function sendAll(cloud: TestCloud, id: ServiceId, protocol: ProtocolName, names: readonly string[]) {
  const inputs = createValidInputs(seededRandom(1));
  const wrong: string[] = [];
  for (const name of names) {
    const operation = loadServiceModel(id).operation(name) as OperationModel;
    const message = encodeRequest(operation, inputs.of(operation, 0.4), protocol, signer);
    const answer = await cloud.send(message);
    const isSilent = message.method === 'HEAD';
    const isOfProtocol = isSilent || contentFormat(answer.headers['content-type'] ?? '') === formatOf[protocol];
    const fault =
      answer.status !== 400 || !isOfProtocol
        ? `${answer.status} ${answer.headers['content-type']}`
        : faultOf(readAnswer(answer, message.method), nameOf(id, name), cloud, isSilent);
    if (fault) wrong.push(`${message.method} ${message.path}?${message.query} (${name}) ${fault}`);
  }
  return wrong;
}

const spoken = entries.flatMap(({ id, protocols }) => protocols.map((protocol) => [id, protocol] as const));

describe('a cloud without services names every operation', () => {
  let cloud: TestCloud;
  let count = 0;
  beforeAll(async () => {
    cloud = await createTestCloud([]);
  });
  afterAll(async () => {
    expect(count).toBeGreaterThan(3_174);
    expect(cloud.takeFailures()).toEqual([]);
    await cloud.stop();
  });

  test.each(spoken)('%s in %s', async (id, protocol) => {
    const { operationNames } = loadServiceModel(id);
    expect(await sendAll(cloud, id, protocol, operationNames)).toEqual([]);
    count += operationNames.length;
  });
});

/** Whatever stands before the gateway (S3's web sites, say) could take another service's paths for its own. */
const concerned = spoken.filter(
  ([id, protocol]) => protocol.startsWith('rest-') || builtServices.some((built) => built.id === id),
);

describe('this cloud names every operation that is not built', () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await createTestCloud(builtServices);
  });
  afterAll(async () => {
    expect(cloud.takeFailures()).toEqual([]);
    await cloud.stop();
  });

  test.each(concerned)('%s in %s', async (id, protocol) => {
    const service = builtServices.find((built) => built.id === id);
    const names = loadServiceModel(id).operationNames.filter(
      (name) => !service || !isBuilt(service, nameOf(id, name).slice(id.length + 1)),
    );
    expect(await sendAll(cloud, id, protocol, names)).toEqual([]);
  });
});

interface Client {
  send(command: unknown): Promise<unknown>;
}

interface Sdk {
  readonly id: ServiceId;
  readonly name: string;
  readonly sdk: object;
  readonly client: string;
  readonly options?: object;
}

const sqsOptions = { md5: false, useQueueUrlAsEndpoint: false };

const sdks: readonly Sdk[] = [
  { id: 'ec2', name: '', sdk: ec2, client: 'EC2Client' },
  { id: 'sts', name: '', sdk: sts, client: 'STSClient' },
  { id: 'iam', name: '', sdk: iam, client: 'IAMClient' },
  { id: 'sqs', name: '', sdk: sqs, client: 'SQSClient', options: sqsOptions },
  { id: 'sqs', name: ' query', sdk: sqs, client: 'SQSClient', options: { ...sqsOptions, protocol: AwsQueryProtocol } },
  { id: 'dynamodb', name: '', sdk: dynamodb, client: 'DynamoDBClient' },
  { id: 'ssm', name: '', sdk: ssm, client: 'SSMClient' },
  { id: 'lambda', name: '', sdk: lambda, client: 'LambdaClient' },
  { id: 'route53', name: '', sdk: route53, client: 'Route53Client' },
  { id: 's3', name: '', sdk: s3, client: 'S3Client', options: { forcePathStyle: true } },
  { id: 'cloudwatch', name: ' JSON', sdk: cloudwatch, client: 'CloudWatchClient' },
  ...[AwsQueryProtocol, AwsSmithyRpcV2CborProtocol].map((protocol) => ({
    id: 'cloudwatch' as const,
    name: ` ${protocol.name}`,
    sdk: cloudwatch,
    client: 'CloudWatchClient',
    options: { protocol },
  })),
];

describe('the SDK reads that it is not built', () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await createTestCloud([]);
  });
  afterAll(() => cloud.stop());

  test.each(sdks.map((sdk) => [`${sdk.id}${sdk.name}`, sdk] as const))(
    '%s',
    async (_name, { id, sdk, client: clientName, options }) => {
      const commands = sdk as Record<
        string,
        (new (input: unknown) => { readonly schema: readonly unknown[] }) | undefined
      >;
      const Client = (sdk as Record<string, new (options: object) => Client>)[clientName] as new (
        options: object,
      ) => Client;
      const client = new Client({ ...clientOptions(cloud), ...options });
      const random = seededRandom(1);
      const model = loadServiceModel(id);
      const wrong: string[] = [];
      let count = 0;
      for (const name of model.operationNames) {
        const Command = commands[`${name}Command`];
        if (!Command) continue;
        const { input: shape } = model.operation(name) as OperationModel;
        const input = randomStructure(shape, random, { density: 0.2, deepest: 2 }, new Command({}).schema[4]);
        if (id === 's3')
          Object.assign(input, { ...('Bucket' in input && { Bucket: 'bucket-1' }), ChecksumAlgorithm: undefined });
        const error = await client.send(new Command(toSdk(shape, input))).then(
          () => new Error('no error'),
          (reason: unknown) => reason as Error,
        );
        const { httpStatusCode, requestId } = (error as { $metadata?: Record<string, unknown> }).$metadata ?? {};
        const isSilent = model.operation(name)?.http.method === 'HEAD';
        const names = [`${id}:${name}`, nameOf(id, name)];
        const isNamed = error.name === 'UnsupportedOperation' && names.map(notBuilt).includes(error.message);
        count++;
        if (httpStatusCode !== 400 || !requestId || !(isNamed || isSilent)) wrong.push(`${name}: ${error.stack}`);
      }
      expect(wrong).toEqual([]);
      expect(count).toBeGreaterThan(5);
    },
  );
});

function clientOptions(cloud: TestCloud): object {
  return {
    region: 'us-east-1',
    endpoint: 'http://localhost:4566',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    disableHostPrefix: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    requestHandler: {
      async handle(request: SdkRequest) {
        return { response: toHttpResponse(await cloud.send(await toWireRequest(request))) };
      },
    },
  };
}
