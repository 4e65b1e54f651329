// What enforcement costs a whole request: the same one by a user with ten attached policies, by the account's root user, whose
// signature is verified just as well and which may do all, and by a key that nobody checks.

import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { CloudProcess } from '../tests/end-to-end/cloud-process.ts';
import { tenPolicies } from './authorization.bench.ts';
import { createdCloud } from './contest.ts';
import { load } from './load.ts';
import { type Benchmark, median } from './report.ts';
import { call, jsonRequest, queryRequest } from './requests.ts';

const table = 'orders';
const rounds = 7;
const requests = 8_000;

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Of the default account; its secret is checked with `--auth=strict`. */
const root: Keys = { accessKeyId: 'test', secretAccessKey: 'test' };

interface Case {
  readonly what: string;
  readonly service: string;
  /** As any key sends it. */
  request(port: number): Buffer;
}

const cases: readonly Case[] = [
  {
    what: 'GetCallerIdentity',
    service: 'sts',
    request: (port) => queryRequest(port, 'sts', { Action: 'GetCallerIdentity', Version: '2011-06-15' }),
  },
  { what: 'GetItem', service: 'dynamodb', request: (port) => dynamodb(port, 'GetItem', { Key: { id: { S: '1' } } }) },
];

export const benchmark: Benchmark = {
  name: 'Enforcement',
  async *run() {
    const [strict, lenient] = [await createdCloud(['--auth', 'strict']), await createdCloud()];
    try {
      const keys = await createUser(strict.port);
      await createTable(strict.port);
      await createTable(lenient.port);
      for (const { what, service, request } of cases) {
        const ofUser = await signed(request(strict.port), strict.port, service, keys);
        const ofRoot = await signed(request(strict.port), strict.port, service, root);
        const rates: (readonly [user: number, root: number, unchecked: number])[] = [];
        for (let round = 0; round <= rounds; round++) {
          const [user, verified] = [await rateOf(strict, ofUser), await rateOf(strict, ofRoot)];
          const unchecked = await rateOf(lenient, request(lenient.port));
          if (round > 0) rates.push([user, verified, unchecked]); // the first warms up
        }
        const ours = median(rates.map(([user]) => user));
        const verified = median(rates.map(([, root]) => root));
        const unchecked = median(rates.map(([, , rate]) => rate));
        yield {
          what: `${what} of a user with ten policies`,
          unit: '/s of one core',
          ours,
          peers: [
            { name: 'of the root user', figure: verified },
            { name: 'of a key that is not verified', figure: unchecked },
          ],
          target: 'ratio to the root user > 0.85',
          isMet: ours / verified > 0.85,
        };
      }
    } finally {
      await strict.dispose();
      await lenient.dispose();
    }
  },
};

async function rateOf(cloud: CloudProcess, request: Buffer): Promise<number> {
  const result = await load({ port: cloud.port, pid: cloud.pid(), request, connections: 16, requests });
  if (result.failed > 0) throw new Error(`${result.failed} requests failed`);
  return result.requestsPerCpuSecond;
}

async function iam(port: number, Action: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const request = queryRequest(port, 'iam', { Action, Version: '2010-05-08', ...parameters });
  return call(port, await signed(request, port, 'iam', root));
}

const dynamodb = (port: number, operation: string, input: object): Buffer =>
  jsonRequest(port, 'dynamodb', `DynamoDB_20120810.${operation}`, { TableName: table, ...input });

async function createUser(port: number): Promise<Keys> {
  await iam(port, 'CreateUser', { UserName: 'alice' });
  for (const [at, document] of tenPolicies.entries()) {
    const PolicyDocument = JSON.stringify(document);
    const created = await iam(port, 'CreatePolicy', { PolicyName: `policy-${at}`, PolicyDocument });
    await iam(port, 'AttachUserPolicy', { UserName: 'alice', PolicyArn: textOf(created, 'Arn') });
  }
  const key = await iam(port, 'CreateAccessKey', { UserName: 'alice' });
  return { accessKeyId: textOf(key, 'AccessKeyId'), secretAccessKey: textOf(key, 'SecretAccessKey') };
}

function textOf(answer: string, element: string): string {
  const text = new RegExp(`<${element}>([^<]*)</${element}>`).exec(answer)?.[1];
  if (text === undefined) throw new Error(`no ${element} in ${answer}`);
  return text;
}

async function createTable(port: number): Promise<void> {
  const key = {
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  };
  const item = { Item: { id: { S: '1' }, name: { S: 'An item of some length' } } };
  for (const request of [dynamodb(port, 'CreateTable', key), dynamodb(port, 'PutItem', item)]) {
    await call(port, await signed(request, port, 'dynamodb', root));
  }
}

/** The same request, signed by the SDK with a key that is checked. It stays good for the minutes that this takes. */
async function signed(request: Buffer, port: number, service: string, credentials: Keys): Promise<Buffer> {
  const [head = '', body = ''] = request.toString().split('\r\n\r\n');
  const given = [...head.matchAll(/^([\w-]+): (.*)$/gm)].map(
    ([, name = '', value = '']) => [name, value.trim()] as const,
  );
  const headers = Object.fromEntries(given.filter(([name]) => name !== 'authorization' && name !== 'x-amz-date'));
  const signer = new SignatureV4({ service, region: 'us-east-1', credentials, sha256: Sha256 });
  const unsigned = new HttpRequest({ method: 'POST', hostname: '127.0.0.1', port, path: '/', headers, body });
  const { headers: all } = await signer.sign(unsigned);
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}
