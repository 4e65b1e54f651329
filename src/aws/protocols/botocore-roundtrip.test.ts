// Every operation of every service, over each of its protocols, against botocore: random inputs that it serializes are
// decoded to the same, and random outputs that we encode are parsed by it as the same. Needs Python with botocore.

import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { services } from '../../generated/index.ts';
import { loadServiceModel, type OperationModel, type ProtocolName } from '../model.ts';
import { asBuffer, type WireRequest } from './protocol.ts';
import { protocols } from './protocol-for.ts';
import { pruned, randomStructure, seededRandom } from './random-values.testing.ts';
import { matchRestRoute } from './rest-routes.ts';
import { collect } from './sdk-loopback.testing.ts';

const hasBotocore = spawnSync('python3', ['-c', 'import botocore'], { stdio: 'ignore' }).status === 0;
const title = hasBotocore ? 'against botocore' : 'against botocore (skipped: needs python3 with botocore)';

type Json = Record<string, unknown>;

const subjects = services.flatMap(({ id, protocols: names }) => names.map((name) => ({ id, protocol: name })));

describe.skipIf(!hasBotocore)(title, () => {
  let python: ReturnType<typeof openPython>;
  beforeAll(() => {
    python = openPython();
  });
  afterAll(() => python.close());

  test.each(subjects)('$id over $protocol', async ({ id, protocol }) => {
    const model = loadServiceModel(id);
    for (const [index, name] of model.operationNames.entries()) {
      const operation = model.operation(name) as OperationModel;
      if (hasEvents(operation) || hasNamesake(operation)) continue;
      const random = seededRandom(index);
      const limits = { density: id === 'ec2' ? 0.3 : 0.6, deepest: 3 };
      const job = { service: id, operation: name, protocol };
      const sent = await python.ask({
        ...job,
        kind: 'input',
        value: plain(randomStructure(operation.input, random, limits)),
      });
      if (sent['unknown']) continue;
      expect(sent['error'], `${name} could not be serialized`).toBeUndefined();
      const received = await decode(protocol, operation, sent);
      expectSame(received, sent['input'], `the input of ${name}: ${JSON.stringify(sent)}`);

      const output = randomStructure(operation.output, random, limits);
      const answer = protocols[protocol].encode(operation, output, 'request-1');
      const body = await collect(answer.body);
      const value = {
        output: plain(output),
        status: answer.status,
        headers: answer.headers,
        body: asBuffer(body).toString('base64'),
      };
      const read = await python.ask({ ...job, kind: 'output', value });
      expect(read['error'], `${name} could not be parsed: ${asBuffer(body)}`).toBeUndefined();
      expectSame(read['parsed'], read['expected'], `the output of ${name}: ${asBuffer(body)}`);
    }
  });
});

async function decode(protocol: ProtocolName, operation: OperationModel, sent: Json): Promise<unknown> {
  const wire = { ...sent, body: Buffer.from(sent['body'] as string, 'base64') } as unknown as WireRequest;
  const isRest = protocol.startsWith('rest-');
  const match = isRest ? matchRestRoute(operation.service, wire) : undefined;
  if (isRest) expect(match?.operation.name, `${wire.method} ${wire.path}?${wire.query}`).toBe(operation.name);
  const input = protocols[protocol].decode(operation, wire, match?.labels ?? {}) as Json;
  const { payload } = operation.input;
  if (payload?.streaming) input[payload.name] = await collect(input[payload.name]);
  return plain(input);
}

function hasEvents({ output }: OperationModel): boolean {
  return output.members.some(({ shape }) => shape.type === 'structure' && shape.eventStream);
}

/** Nothing in its request tells it from a newer operation. */
function hasNamesake({ service, name, deprecated }: OperationModel): boolean {
  return service.id === 's3' && (deprecated || name === 'ListDirectoryBuckets');
}

/** Blobs as base64, nothing that JSON does not have. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return asBuffer(value).toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

function expectSame(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [pruned(actual), pruned(expected)];
  if (!isDeepStrictEqual(left, right)) expect(left, what).toEqual(right);
}

function openPython() {
  const script = fileURLToPath(new URL('./botocore-roundtrip.testing.py', import.meta.url));
  const child = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(job: Json): Promise<Json> {
      child.stdin.write(`${JSON.stringify(job)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('python ended');
      return JSON.parse(value) as Json;
    },
    close: () => child.kill(),
  };
}
