// Streaming bodies and event streams, with the real SDK at the other end.

import { InvokeWithResponseStreamCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, PutObjectCommand, S3Client, SelectObjectContentCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { awsError } from '../errors.ts';
import { collect, createLoopback, type Respond } from './sdk-loopback.testing.ts';

const options = {
  region: 'us-east-1',
  endpoint: 'http://localhost:4566',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  forcePathStyle: true,
  requestChecksumCalculation: 'WHEN_REQUIRED' as const,
};

const s3 = (respond: Respond) => new S3Client({ ...options, ...handlerOf('s3', respond) });
const lambda = (respond: Respond) => new LambdaClient({ ...options, ...handlerOf('lambda', respond) });

function handlerOf(id: 's3' | 'lambda', respond: Respond) {
  return { requestHandler: createLoopback(id, respond).requestHandler as never };
}

async function* pieces(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

test('an object is uploaded as a stream', async () => {
  let body: unknown;
  const client = s3((_operation, input) => {
    body = input['Body'];
    return { ETag: '"e"' };
  });
  const answer = await client.send(
    new PutObjectCommand({ Bucket: 'bucket', Key: 'a/b c', Body: 'some longer content' }),
  );
  expect(answer.ETag).toBe('"e"');
  expect(body).not.toBeInstanceOf(Uint8Array);
  expect(Buffer.from(await collect(body)).toString()).toBe('some longer content');
});

test('an object is downloaded as a stream, with its metadata', async () => {
  const client = s3(() => ({
    Body: pieces('one ', 'two'),
    ContentLength: 7,
    Metadata: { owner: 'a' },
    LastModified: 1_700_000_000_000,
  }));
  const answer = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'k' }));
  expect(await answer.Body?.transformToString()).toBe('one two');
  expect(answer).toMatchObject({
    ContentLength: 7,
    Metadata: { owner: 'a' },
    LastModified: new Date(1_700_000_000_000),
  });
});

test("events of Lambda's response streaming", async () => {
  async function* events() {
    yield { PayloadChunk: { Payload: Buffer.from('part 1') } };
    yield { PayloadChunk: { Payload: Buffer.from('part 2') } };
    yield { InvokeComplete: { ErrorCode: 'none', LogResult: 'log' } };
  }
  const client = lambda(() => ({ StatusCode: 200, ExecutedVersion: '$LATEST', EventStream: events() }));
  const answer = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: 'f' }));
  expect(answer.ExecutedVersion).toBe('$LATEST');
  const seen: unknown[] = [];
  for await (const event of answer.EventStream ?? []) {
    seen.push(event.PayloadChunk ? Buffer.from(event.PayloadChunk.Payload ?? []).toString() : event.InvokeComplete);
  }
  expect(seen).toEqual(['part 1', 'part 2', { ErrorCode: 'none', LogResult: 'log' }]);
});

test('events of S3 Select', async () => {
  async function* events() {
    yield { Records: { Payload: Buffer.from('a,b\n') } };
    yield { Cont: {} };
    yield { Stats: { Details: { BytesScanned: 4, BytesProcessed: 4, BytesReturned: 4 } } };
    yield { End: {} };
  }
  const client = s3(() => ({ Payload: events() }));
  const command = {
    Bucket: 'bucket',
    Key: 'k',
    Expression: 'select',
    ExpressionType: 'SQL',
    InputSerialization: {},
    OutputSerialization: {},
  } as const;
  const answer = await client.send(new SelectObjectContentCommand(command));
  const seen: unknown[] = [];
  for await (const event of answer.Payload ?? [])
    seen.push(event.Records ? Buffer.from(event.Records.Payload ?? []).toString() : event);
  expect(seen).toEqual([
    'a,b\n',
    { Cont: {} },
    { Stats: { Details: { BytesScanned: 4, BytesProcessed: 4, BytesReturned: 4 } } },
    { End: {} },
  ]);
});

test('an error after the stream began is its last event', async () => {
  async function* events() {
    yield { Records: { Payload: Buffer.from('a') } };
    throw awsError('OverMaxRecordSize', 'The length of a record is too long.');
  }
  const client = s3(() => ({ Payload: events() }));
  const command = {
    Bucket: 'bucket',
    Key: 'k',
    Expression: 'select',
    ExpressionType: 'SQL',
    InputSerialization: {},
    OutputSerialization: {},
  } as const;
  const answer = await client.send(new SelectObjectContentCommand(command));
  const read = async () => {
    for await (const _event of answer.Payload ?? []);
  };
  await expect(read()).rejects.toMatchObject({
    name: 'OverMaxRecordSize',
    message: 'The length of a record is too long.',
  });
});
