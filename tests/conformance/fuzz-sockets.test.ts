// The built server over real sockets: bytes that no HTTP library would send, and clients that cut off, crawl, pipeline
// and hang up. Each gets an answer or a closed connection; afterwards nothing is left of any of them in the process.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProtocolName } from '../../src/aws/model.ts';
import { seededRandom } from '../../src/aws/protocols/random-values.testing.ts';
import { type CloudProcess, createCloudProcess, eventually } from '../end-to-end/cloud-process.ts';
import { projectFolder } from '../source-tree.ts';
import type { WireMessage } from './encode-request.ts';
import { below, pick } from './mutation.ts';
import { type Exchange, exchange, type RawAnswer } from './raw-http.ts';
import { isOwnFault, readAnswer } from './read-answer.ts';
import { goodRequest, spoil } from './spoiled-request.ts';
import type { Chance } from './valid-input.ts';

const runs = Number(process.env['CLOUDLET_FUZZ_RUNS'] ?? 150);
const seed = Number(process.env['CLOUDLET_FUZZ_SEED'] ?? 1);

const protocols: readonly ProtocolName[] = ['ec2', 'query', 'json', 'rest-json', 'rest-xml', 'smithy-rpc-v2-cbor'];

let cloud: CloudProcess;
const folder = mkdtempSync(join(tmpdir(), 'cloudlet-fuzz-'));
const probePath = join(folder, 'footprint.json');

beforeAll(async () => {
  const probe = pathToFileURL(join(projectFolder, 'tests/conformance/leak-probe.mjs')).href;
  cloud = await createCloudProcess({
    flags: ['--hypervisor', 'simulated', '--log', 'warn'],
    environment: { NODE_OPTIONS: `--import=${probe}`, LEAK_PROBE_PATH: probePath },
  });
  await cloud.start();
  for (const made of [
    upload(0, '', 'PUT /bucket-1 HTTP/1.1'),
    sqs('Action=CreateQueue&Version=2012-11-05&QueueName=queue-1'),
  ])
    expect(await exchange(cloud.port, [made])).toMatchObject([{ status: 200 }]);
});

afterAll(async () => {
  await cloud?.dispose();
  rmSync(folder, { recursive: true });
});

interface Footprint {
  /** On the heap and beside it. */
  readonly bytes: number;
  readonly resources: readonly string[];
  readonly openFiles: number;
  /** Of uploads, finished and not. */
  readonly storedFiles: number;
}

/** What the process holds once its garbage is collected. */
async function footprint(): Promise<Footprint> {
  rmSync(probePath, { force: true });
  process.kill(cloud.pid(), 'SIGUSR2');
  const seen = await eventually('the probe', async () => JSON.parse(readFileSync(probePath, 'utf8')) as Footprint);
  const resources = seen.resources.filter((name) => name !== 'Timeout' && name !== 'Immediate');
  const openFiles = readdirSync(`/proc/${cloud.pid()}/fd`).length;
  const stored = readdirSync(join(cloud.dataDirectory, 'objects'), { recursive: true, withFileTypes: true });
  const storedFiles = stored.filter((entry) => entry.isFile()).length;
  return { bytes: seen.bytes, resources, openFiles, storedFiles };
}

const signed = (service: string): string =>
  `Host: x\r\nX-Amz-Date: 20261121T090000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/${service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}\r\n`;

/** GetCallerIdentity, with the headers given. */
const form = 'Action=GetCallerIdentity&Version=2011-06-15';
const head = (more = '', line = 'POST / HTTP/1.1') =>
  `${line}\r\n${signed('sts')}Content-Type: application/x-www-form-urlencoded\r\n${more}`;
const withLength = (length: number | string, more = '') => head(`${more}Content-Length: ${length}\r\n\r\n`);
const good = withLength(form.length) + form;
const chunked = (chunks: string, more = '') => head(`${more}Transfer-Encoding: chunked\r\n\r\n`) + chunks;
const megabyte = Buffer.alloc(1_000_000, 'a');

/** An upload of that many bytes to the bucket that there is. */
const upload = (length: number, more = '', line = 'PUT /bucket-1/key HTTP/1.1') =>
  `${line}\r\n${signed('s3')}${more}Content-Length: ${length}\r\n\r\n`;
const awsChunked = (body: string) =>
  upload(
    body.length,
    'Content-Encoding: aws-chunked\r\nX-Amz-Content-Sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\nX-Amz-Decoded-Content-Length: 5\r\nX-Amz-Trailer: x-amz-checksum-crc32\r\n',
  ) + body;
const sqs = (fields: string) =>
  `POST / HTTP/1.1\r\n${signed('sqs')}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${fields.length}\r\n\r\n${fields}`;
const waiting = sqs(
  'Action=ReceiveMessage&Version=2012-11-05&WaitTimeSeconds=20&QueueUrl=http://localhost/000000000000/queue-1',
);

interface Scenario extends Exchange {
  readonly name: string;
  readonly pieces: readonly (string | Uint8Array)[];
  /** The statuses of the answers, in order; none where the connection may only be closed. */
  readonly statuses: readonly number[];
}

const scenarios: readonly Scenario[] = [
  { name: 'a good request', pieces: [good], statuses: [200] },
  { name: 'one that crawls', pieces: [...good], statuses: [200] },
  { name: 'HTTP/1.0', pieces: [good.replace('HTTP/1.1', 'HTTP/1.0')], statuses: [200] },
  {
    name: 'HTTP/1.0 without Host',
    pieces: [good.replace('HTTP/1.1', 'HTTP/1.0').replace('Host: x\r\n', '')],
    statuses: [200],
  },
  { name: 'HTTP/9.9', pieces: [good.replace('HTTP/1.1', 'HTTP/9.9')], statuses: [400] },
  { name: 'HTTP/2 without asking', pieces: ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], statuses: [400] },
  { name: 'TLS', pieces: ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'], statuses: [400] },
  { name: 'nothing but noise', pieces: ['\0\0\0\0\r\n\r\n'], statuses: [400] },
  { name: 'the absolute form', pieces: [good.replace('POST / ', 'POST http://sts.amazonaws.com/ ')], statuses: [200] },
  {
    name: 'the absolute form without a path',
    pieces: [good.replace('POST / ', 'POST http://sts.amazonaws.com ')],
    statuses: [200],
  },
  { name: 'two slashes', pieces: [good.replace('POST / ', 'POST // ')], statuses: [200] },
  { name: 'a NUL in the path', pieces: [good.replace('POST / ', 'POST /%00 ')], statuses: [200] },
  { name: 'a way out of the path', pieces: [good.replace('POST / ', 'POST /%2e%2e/%2e%2e/ ')], statuses: [200] },
  { name: 'a space in the path', pieces: [good.replace('POST / ', 'POST /a b ')], statuses: [400] },
  {
    name: 'a path as long as headers may be',
    pieces: [good.replace('POST / ', `POST /${'a'.repeat(20_000)} `)],
    statuses: [431],
  },
  { name: 'a header too large', pieces: [head(`X: ${'x'.repeat(20_000)}\r\n\r\n`)], statuses: [431] },
  // Of more than a thousand, node 20 forgets the rest, and node 24 refuses the request.
  { name: 'very many headers', pieces: [withLength(form.length, 'X: y\r\n'.repeat(900)) + form], statuses: [200] },
  { name: 'a header injected', pieces: [head('X: a\rSet-Cookie: b\r\n\r\n')], statuses: [400] },
  { name: 'a NUL in a header', pieces: [head('X: a\0b\r\n\r\n')], statuses: [400] },
  { name: 'a folded header', pieces: [head('X: a\r\n b\r\n\r\n')], statuses: [400] },
  { name: 'a space before the colon', pieces: [head('X : a\r\n\r\n')], statuses: [400] },
  { name: 'no Host', pieces: [good.replace('Host: x\r\n', '')], statuses: [400] },
  { name: 'two Hosts', pieces: [good.replace('Host: x\r\n', 'Host: x\r\nHost: y\r\n')], statuses: [200] },
  { name: 'two signatures', pieces: [good.replace(/(Authorization:.*\r\n)/, '$1$1')], statuses: [200] },
  { name: 'bare line feeds', pieces: ['GET / HTTP/1.1\nHost: x\n\n'], statuses: [400] },
  { name: 'a negative length', pieces: [withLength(-1)], statuses: [400] },
  { name: 'two lengths', pieces: [withLength(form.length, 'Content-Length: 1\r\n') + form], statuses: [400] },
  { name: 'a length and chunks', pieces: [chunked('0\r\n\r\n', 'Content-Length: 2\r\n')], statuses: [400] },
  { name: 'an unknown transfer encoding', pieces: [head('Transfer-Encoding: gzip\r\n\r\n')], statuses: [400] },
  {
    name: 'chunks',
    pieces: [
      chunked(`5\r\n${form.slice(0, 5)}\r\n`),
      `${(form.length - 5).toString(16)}\r\n${form.slice(5)}\r\n0\r\nX: trailer\r\n\r\n`,
    ],
    statuses: [200],
  },
  { name: 'a chunk that is no number', pieces: [chunked('zz\r\nx\r\n')], statuses: [400] },
  { name: 'a chunk longer than it says', pieces: [chunked('1\r\nxyz\r\n0\r\n\r\n')], statuses: [400] },
  { name: 'a chunk of more than can be', pieces: [chunked('fffffffffffffffff\r\nx\r\n')], statuses: [400] },
  {
    name: 'endless extensions of a chunk',
    pieces: [chunked(`2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`)],
    statuses: [413],
  },
  { name: 'an expectation', pieces: [withLength(form.length, 'Expect: 100-continue\r\n'), form], statuses: [200] },
  {
    name: 'an expectation of a body too large',
    pieces: [withLength(1e12, 'Expect: 100-continue\r\n')],
    statuses: [413],
  },
  {
    name: 'an expectation that AWS reads over',
    pieces: [withLength(form.length, 'Expect: a miracle\r\n') + form],
    statuses: [200],
  },
  { name: 'a body too large', pieces: [withLength(25_000_000), ...Array(25).fill(megabyte)], statuses: [413] },
  {
    name: 'a body too large, and then a good request',
    pieces: [withLength(25_000_000), ...Array(25).fill(megabyte), good],
    answers: 2,
    statuses: [413, 200],
  },
  {
    name: 'a body too large in chunks',
    pieces: [
      chunked(''),
      ...Array(25).fill(Buffer.concat([Buffer.from('f4240\r\n'), megabyte, Buffer.from('\r\n')])),
      '0\r\n\r\n',
    ],
    statuses: [413],
  },
  {
    name: 'a body that would never end',
    pieces: [withLength(1e12), ...Array(80).fill(megabyte)],
    answers: 2,
    statuses: [413],
  },
  {
    name: 'a body that nobody wants',
    pieces: [
      `PUT /b/k HTTP/1.1\r\n${signed('s3').replace('us-east-1/s3', 'us-east-1/s3/x')}Content-Length: 5000000\r\n\r\n`,
      ...Array(5).fill(megabyte),
      good,
    ],
    answers: 2,
    statuses: [400, 200],
  },
  { name: 'cut off in the head', pieces: ['POST / HTTP/1.1\r\nHo'], ending: 'closes its half', statuses: [400] },
  { name: 'cut off in the body', pieces: [withLength(100), 'Action='], ending: 'closes its half', statuses: [400] },
  { name: 'cut off in a chunk', pieces: [chunked('ff\r\nx')], ending: 'closes its half', statuses: [400] },
  { name: 'nothing at all', pieces: [], ending: 'closes its half', statuses: [] },
  { name: 'hung up on connecting', pieces: [], ending: 'hangs up', statuses: [] },
  { name: 'hung up in the head', pieces: ['POST / HT'], ending: 'hangs up', statuses: [] },
  { name: 'hung up in the body', pieces: [withLength(100), 'Action='], ending: 'hangs up', statuses: [] },
  { name: 'hung up before the answer', pieces: [good], answers: 99, ending: 'hangs up', statuses: [] },
  { name: 'an upload cut off', pieces: [upload(100_000), 'x'], ending: 'closes its half', statuses: [400] },
  { name: 'an upload hung up on', pieces: [upload(100_000), 'x'], ending: 'hangs up', statuses: [] },
  {
    name: 'an upload refused halfway, and then a good request',
    pieces: [awsChunked(`zz\r\n${'x'.repeat(200_000)}`), good],
    answers: 2,
    statuses: [400, 200],
  },
  { name: 'an upload with less than it says', pieces: [awsChunked('0\r\n\r\n')], statuses: [400] },
  { name: 'an upload without its trailer', pieces: [awsChunked('5\r\nhello\r\n0\r\n\r\n')], statuses: [400] },
  { name: 'a wait that nobody waits for', pieces: [waiting], ending: 'hangs up', statuses: [] },
  {
    name: 'a wait with another request behind it',
    pieces: [waiting, good],
    answers: 99,
    ending: 'hangs up',
    statuses: [],
  },
  { name: 'pipelined', pieces: [good.repeat(20)], answers: 20, statuses: Array(20).fill(200) },
  {
    name: 'pipelined in pieces',
    pieces: good.repeat(3).match(/[\s\S]{1,50}/g) ?? [],
    answers: 3,
    statuses: [200, 200, 200],
  },
  {
    name: 'HEAD and then another',
    pieces: [head('\r\n', `HEAD /?${form} HTTP/1.1`), good],
    answers: 2,
    methods: ['HEAD'],
    statuses: [200, 200],
  },
  {
    name: 'a body on GET',
    pieces: [withLength(5).replace('POST / ', `GET /?${form} `), 'hello', good],
    answers: 2,
    statuses: [200, 200],
  },
  { name: 'CONNECT', pieces: ['CONNECT example.com:80 HTTP/1.1\r\nHost: x\r\n\r\n'], statuses: [] },
  { name: 'TRACE', pieces: ['TRACE / HTTP/1.1\r\nHost: x\r\n\r\n'], statuses: [403] },
  { name: 'OPTIONS *', pieces: ['OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n'], statuses: [403] },
  { name: 'an unknown method', pieces: ['BREW / HTTP/1.1\r\nHost: x\r\n\r\n'], statuses: [400] },
  {
    name: 'WebSocket',
    pieces: ['GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n'],
    statuses: [403],
  },
];

describe('over a socket', () => {
  test.each(scenarios)('$name', async ({ pieces, statuses, ...how }) => {
    const answers = await exchange(cloud.port, pieces, how);
    expect(answers.map(({ status }) => status)).toEqual(statuses);
    for (const [index, answer] of answers.entries()) checkAnswer(answer, how.methods?.[index] ?? 'POST');
  });

  test(`${runs} spoiled requests`, async () => {
    const chance = seededRandom(seed);
    for (let run = 0; run < runs; run++) {
      const { method, bytes, how, isWhole } = spoiledRequest(chance);
      const ending = isWhole ? 'waits' : 'closes its half';
      const answers = await exchange(cloud.port, inPieces(bytes, chance), { methods: [method], ending });
      expect(answers.length, `${how}\n${bytes.toString('latin1').slice(0, 3_000)}`).toBeLessThanOrEqual(1);
      for (const answer of answers) checkAnswer(answer, method, how);
    }
  });
});

describe('afterwards', () => {
  /** The same requests each time, none of which makes anything that is to be kept. */
  async function round(): Promise<void> {
    const chance = seededRandom(seed);
    for (let run = 0; run < 60; run++) {
      const { method, bytes, isWhole } = spoiledRequest(chance);
      await exchange(cloud.port, [bytes], { methods: [method], ending: isWhole ? 'waits' : 'closes its half' });
    }
    for (const { pieces, statuses: _, ...how } of scenarios) await exchange(cloud.port, pieces, how);
  }

  test('nothing is left: no open file, no socket, no memory', async () => {
    for (let i = 0; i < 3; i++) await round();
    const before = await settledFootprint();
    const growths = await growthsPerRequest(before);
    expect(growths.at(-1), `bytes that each request left, in turn: ${growths.join(', ')}`).toBeLessThan(limitBytes);
    const { openFiles, resources, storedFiles } = before;
    await expect.poll(footprint).toMatchObject({ openFiles, resources, storedFiles });
  });

  const limitBytes = 500;

  /**
   * Bytes that a request left behind, batch by batch, until there is a batch that left nothing to speak of: what is
   * remembered of the last thousand calls, caches and compiled code fill up and stop growing; a leak does not.
   */
  async function growthsPerRequest(start: Footprint): Promise<readonly number[]> {
    const rounds = 5;
    const growths: number[] = [];
    let { bytes } = start;
    while (growths.length < 6 && (growths.at(-1) ?? limitBytes) >= limitBytes) {
      for (let i = 0; i < rounds; i++) await round();
      const seen = await settledFootprint(start);
      growths.push((seen.bytes - bytes) / (rounds * (60 + scenarios.length)));
      bytes = seen.bytes;
    }
    return growths;
  }

  /** Closing a connection takes a turn or two after the client has seen it closed. */
  function settledFootprint(as?: Footprint): Promise<Footprint> {
    return eventually('all connections closed', async () => {
      const seen = await footprint();
      const isSettled = as ? seen.openFiles <= as.openFiles : !seen.resources.includes('TCPSocketWrap');
      return isSettled ? seen : undefined;
    });
  }

  test('it tells who is calling, and nothing was ever its own fault', async () => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const client = new STSClient({ endpoint: cloud.endpoint, region: 'us-east-1', credentials });
    expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '000000000000' });
    client.destroy();
    expect(cloud.log()).not.toMatch(/ error | warn |InternalFailure|unhandled|Warning/i);
  });
});

/** Requests that broke as HTTP are answered as HTTP, without a word of AWS's. */
function checkAnswer(answer: RawAnswer, method: string, what = ''): void {
  expect(isOwnFault(answer), what).toBe(false);
  const isBroken = [400, 408, 413, 417, 431].includes(answer.status) && answer.body.length === 0;
  const isOurOwn = answer.headers['content-type'] === 'application/json' && /^\{"error": /.test(answer.body.toString());
  if (!isBroken && !isOurOwn) expect(() => readAnswer(answer, method), what).not.toThrow();
}

interface SpoiledRequest {
  readonly method: string;
  readonly bytes: Buffer;
  readonly how: string;
  /** Whether the server has got all that it was told to expect. */
  readonly isWhole: boolean;
}

function spoiledRequest(chance: Chance): SpoiledRequest {
  const signer = { accessKeyId: 'test', region: 'us-east-1', amzDate: '20261121T090000Z' };
  const { operation, message: good } = goodRequest({ protocol: pick(protocols, chance), signer }, chance);
  const spoils = Array.from({ length: 1 + below(3, chance) }, () => ({
    which: below(999, chance),
    seed: below(2 ** 31, chance),
  }));
  const { message, how } = spoil(good, spoils);
  const isWhole = !['content-length', 'transfer-encoding'].some((name) => name in message.headers);
  return { method: message.method, bytes: bytesOf(message), how: `${operation.name} ${how}`, isWhole };
}

function bytesOf({ method, path, query, headers, body }: WireMessage): Buffer {
  const all = { 'content-length': String(body.byteLength), connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`${method} ${path}${query === '' ? '' : `?${query}`} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'),
    body,
  ]);
}

function inPieces(bytes: Buffer, chance: Chance): readonly Buffer[] {
  const at = Math.floor(chance() * bytes.length);
  return chance() < 0.7 ? [bytes] : [bytes.subarray(0, at), bytes.subarray(at)];
}
