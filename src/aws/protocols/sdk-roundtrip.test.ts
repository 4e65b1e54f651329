// Every operation of the services below, over every protocol its SDK client can speak: random inputs that the real SDK
// serializes are decoded to the same, and random outputs that we encode are read by it as the same.

import { isDeepStrictEqual } from 'node:util';
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
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadServiceModel, type OperationModel, type ServiceId, type StructureShape } from '../model.ts';
import { fromSdk, pruned, randomStructure, seededRandom, toSdk, type ValueLimits } from './random-values.testing.ts';
import { collect, createLoopback } from './sdk-loopback.testing.ts';

type Fields = Record<string, unknown>;

interface Client {
  send(command: unknown): Promise<Fields>;
  destroy(): void;
}

interface Subject {
  readonly id: ServiceId;
  readonly sdk: object;
  readonly client: string;
  readonly name?: string;
  readonly options?: Fields;
}

const subjects: readonly Subject[] = [
  { id: 'ec2', sdk: ec2, client: 'EC2Client' },
  { id: 'sts', sdk: sts, client: 'STSClient' },
  { id: 'iam', sdk: iam, client: 'IAMClient' },
  { id: 'sqs', sdk: sqs, client: 'SQSClient', options: { md5: false, useQueueUrlAsEndpoint: false } },
  { id: 'dynamodb', sdk: dynamodb, client: 'DynamoDBClient' },
  { id: 'ssm', sdk: ssm, client: 'SSMClient' },
  { id: 'lambda', sdk: lambda, client: 'LambdaClient' },
  { id: 'route53', sdk: route53, client: 'Route53Client' },
  { id: 's3', sdk: s3, client: 'S3Client', options: { forcePathStyle: true } },
  { id: 'cloudwatch', sdk: cloudwatch, client: 'CloudWatchClient', name: 'JSON' },
  {
    id: 'cloudwatch',
    sdk: cloudwatch,
    client: 'CloudWatchClient',
    name: 'query',
    options: { protocol: AwsQueryProtocol },
  },
  {
    id: 'cloudwatch',
    sdk: cloudwatch,
    client: 'CloudWatchClient',
    name: 'CBOR',
    options: { protocol: AwsSmithyRpcV2CborProtocol },
  },
];

const dense: ValueLimits = { density: 0.6, deepest: 3 };
/** EC2's structures are wide; a third of their members is plenty. */
const sparse: ValueLimits = { density: 0.3, deepest: 2 };

describe.each(subjects)('$id $name', (subject) => {
  const model = loadServiceModel(subject.id);
  const commands = subject.sdk as Record<
    string,
    (new (input: unknown) => { readonly schema: readonly unknown[] }) | undefined
  >;
  const limits = subject.id === 'ec2' ? sparse : dense;
  let answer: (operation: OperationModel, input: Fields) => unknown = () => ({});
  const loopback = createLoopback(subject.id, (operation, input) => answer(operation, input));
  const client = createClient(subject, loopback.requestHandler);
  const names = model.operationNames.filter((name) => commands[`${name}Command`] && !isStreamed(model.operation(name)));

  /** A random input and output that both models know, and what the SDK makes of them. */
  const exchange = async (name: string, seed: number) => {
    const operation = model.operation(name) as OperationModel;
    const Command = commands[`${name}Command`] as new (input: unknown) => { readonly schema: readonly unknown[] };
    const [, , , , inputSchema, outputSchema] = new Command({}).schema;
    const random = seededRandom(seed);
    const input = forTransport(subject.id, randomStructure(operation.input, random, limits, inputSchema));
    const output = forTransport(subject.id, randomStructure(operation.output, random, limits, outputSchema));
    let received: Fields = {};
    answer = (_operation, decoded) => {
      received = decoded;
      return output;
    };
    const read = await client.send(new Command(toSdk(operation.input, input)));
    return { operation, input, received, output, read: fromSdk(operation.output, read) as Fields };
  };

  // EC2's many operations take ten seconds of a machine that has nothing else to do.
  test(`${names.length} operations say the same on both sides`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        for (const name of names) {
          const { operation, input, received, output, read } = await exchange(name, seed);
          const what = `${name}, seed ${seed}`;
          await expectSame(
            operation.input,
            withoutSdkAdditions(subject.id, received),
            input,
            `${what}: ${JSON.stringify(loopback.last.request)}`,
          );
          await expectSame(operation.output, read, output, `${what}: ${String(loopback.last.response?.body)}`);
        }
      }),
      { numRuns: 3, seed: 1 },
    );
  });
});

function createClient(subject: Subject, requestHandler: unknown): Client {
  const Client = (subject.sdk as Record<string, new (options: unknown) => Client>)[subject.client] as new (
    options: unknown,
  ) => Client;
  return new Client({
    region: 'us-east-1',
    endpoint: 'http://localhost:4566',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    disableHostPrefix: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    requestHandler,
    ...subject.options,
  });
}

/** Streams have tests of their own. */
function isStreamed(operation: OperationModel | undefined): boolean {
  return [...(operation?.output.members ?? [])].some(({ shape }) => shape.type === 'structure' && shape.eventStream);
}

/** What addresses a request must be an address. */
function forTransport(id: ServiceId, value: Fields): Fields {
  const fixed: Fields = {};
  if (id === 's3' && typeof value['Bucket'] === 'string') fixed['Bucket'] = 'bucket-1';
  if (id === 'sqs' && typeof value['QueueUrl'] === 'string')
    fixed['QueueUrl'] = 'http://localhost:4566/000000000000/queue-1';
  return withoutSdkAdditions(id, { ...value, ...fixed });
}

/** The SDK's S3 client computes or checks these by itself. */
function withoutSdkAdditions(id: ServiceId, value: Fields): Fields {
  if (id !== 's3') return value;
  const computed = /^(Checksum.*|Content(Length|Type|MD5)|(CopySource)?SSECustomer.*)$/;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !computed.test(name)));
}

async function expectSame(
  shape: StructureShape,
  actual: Fields | undefined,
  expected: Fields,
  what: string,
): Promise<void> {
  const left = pruned(await collected(shape, actual ?? {}));
  const right = pruned(await collected(shape, expected));
  if (!isDeepStrictEqual(left, right)) expect(left, what).toEqual(right);
}

/** A streaming body as its bytes. */
async function collected(shape: StructureShape, value: Fields): Promise<Fields> {
  const { payload } = shape;
  if (!payload?.streaming) return value;
  return { ...value, [payload.name]: new Uint8Array(await collect(value[payload.name])) };
}
