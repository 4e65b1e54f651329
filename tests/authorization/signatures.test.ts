// Keys that IAM knows are verified always: a signature of another time, another body or another key opens nothing, and one
// that was overheard is soon worth nothing.

import { createHash } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { account, allow, type People, type Person, startPeople } from './identities.ts';

let people: People;
let user: Person;

beforeAll(async () => {
  people = await startPeople();
  user = await people.user('signer', [allow('*')]);
});
afterAll(() => people.stop());

const body = 'Action=GetCallerIdentity&Version=2011-06-15';

/** As a client would send it at that time. */
async function signedHeaders(at: Date, text = body): Promise<Record<string, string>> {
  const signer = new SignatureV4({ service: 'sts', region: 'us-east-1', credentials: user.keys, sha256: Sha256 });
  const { host, port, hostname } = new URL(people.endpoint);
  const request = new HttpRequest({
    method: 'POST',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: '/',
    headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
    body: text,
  });
  return (await signer.sign(request, { signingDate: at })).headers;
}

async function send(headers: Record<string, string>, text = body): Promise<string> {
  const answer = await fetch(people.endpoint, { method: 'POST', headers, body: text });
  return `${answer.status} ${/<(?:Code|Arn)>([^<]*)</.exec(await answer.text())?.[1]}`;
}

it('takes what was signed just now, and nothing that was changed', async () => {
  const headers = await signedHeaders(new Date());
  expect(await send(headers)).toBe(`200 arn:aws:iam::${account}:user/signer`);
  expect(await send(headers, body.replace('GetCallerIdentity', 'GetSessionToken'))).toBe('403 SignatureDoesNotMatch');
  const authorization = headers['authorization'] ?? '';
  const other = createHash('sha256').update('guess').digest('hex');
  const forged = authorization.replace(/Signature=.*/, `Signature=${other}`);
  expect(await send({ ...headers, authorization: forged })).toBe('403 SignatureDoesNotMatch');
  const moved = authorization.replace('/us-east-1/', '/eu-west-1/');
  expect(await send({ ...headers, authorization: moved })).toBe('403 SignatureDoesNotMatch');
});

it('takes no clock that is far off', async () => {
  const minutes = (count: number) => new Date(Date.now() + count * 60_000);
  expect(await send(await signedHeaders(minutes(4)))).toMatch(/^200 /);
  expect(await send(await signedHeaders(minutes(-4)))).toMatch(/^200 /);
  expect(await send(await signedHeaders(minutes(16)))).toBe('403 SignatureDoesNotMatch');
  expect(await send(await signedHeaders(minutes(-16)))).toBe('403 SignatureDoesNotMatch');
  const early = people.person(user.keys, -20 * 60_000);
  await expect(early.s3.listBuckets({})).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' });
});

it('takes nothing again that was overheard a while ago', async () => {
  const overheard = await signedHeaders(new Date());
  expect(await send(overheard)).toMatch(/^200 /);
  people.advance(16 * 60_000);
  expect(await send(overheard)).toBe('403 SignatureDoesNotMatch');
});
