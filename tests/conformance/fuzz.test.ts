// Requests of every protocol, spoiled in every way we could think of: each is answered as AWS answers the user's
// mistakes, in the form of its protocol; never as a fault of the cloud's own.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadServiceModel, type OperationModel, type ProtocolName } from '../../src/aws/model.ts';
import { rootPrincipal } from '../../src/aws/principal.ts';
import { seededRandom } from '../../src/aws/protocols/random-values.testing.ts';
import { openLmdbKeyValue } from '../../src/kernel/lmdb-key-value.ts';
import { services } from '../../src/main.ts';
import { encodeRequest, type Signer } from './encode-request.ts';
import { isOwnFault, readAnswer } from './read-answer.ts';
import { goodRequest, type Output, showMessage, spoil } from './spoiled-request.ts';
import { createTestCloud, overheard, type TestCloud } from './test-cloud.ts';
import { furnish } from './usual.ts';

const numRuns = Number(process.env['CLOUDLET_FUZZ_RUNS'] ?? 400);
const seed = Number(process.env['CLOUDLET_FUZZ_SEED'] ?? 1);

const protocols: readonly ProtocolName[] = ['ec2', 'query', 'json', 'rest-json', 'rest-xml', 'smithy-rpc-v2-cbor'];

/** LMDB is more particular about keys than memory is. */
const folder = mkdtempSync(join(tmpdir(), 'cloudlet-fuzz-'));
let cloud: TestCloud;
const outputs: Output[] = [];
let isFurnished = false;
/** Of a session: what is signed with it is verified, and found wrong. */
let knownKey: string;
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown) => void unhandled.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', onUnhandled);
  // Nothing here is to survive, so nobody waits for the disk.
  const keyValue = { ...openLmdbKeyValue(folder), flushed: () => Promise.resolve() };
  const listen = (operation: OperationModel, output: unknown) => {
    if (!isFurnished) outputs.push({ operation, output });
  };
  cloud = await createTestCloud(overheard(services, listen), keyValue);
  await furnish(cloud);
  isFurnished = true;
  const sts = cloud.cloud.client('sts', { account: '000000000000', region: '' }, rootPrincipal('000000000000'));
  const { Credentials } = await cloud.settle(sts.GetSessionToken({}));
  knownKey = Credentials?.AccessKeyId ?? '';
});

afterAll(async () => {
  await cloud.stop();
  await cloud.store.close();
  rmSync(folder, { recursive: true });
  process.off('unhandledRejection', onUnhandled);
});

function signerOf(chance: () => number): Signer {
  const accessKeyId = chance() < 0.8 ? 'test' : chance() < 0.5 ? knownKey : '111111111111';
  return { accessKeyId, region: 'us-east-1', amzDate: cloud.amzDate() };
}

const choices = fc.record({
  seed: fc.integer(),
  spoils: fc.array(fc.record({ which: fc.nat(999), seed: fc.integer() }), { minLength: 1, maxLength: 4 }),
});

describe.each(protocols)('%s', (protocol) => {
  test(`${numRuns} spoiled requests are answered`, async () => {
    await fc.assert(
      fc.asyncProperty(choices, async ({ seed: from, spoils }) => {
        const chance = seededRandom(from);
        const { operation, message: good } = goodRequest(
          { protocol, services, signer: signerOf(chance), outputs },
          chance,
        );
        const { message, how } = spoil(good, spoils);
        const what = () => `${operation.service.id}:${operation.name} ${how}\n${showMessage(message)}`;
        const answer = await cloud.send(message).catch((error: unknown) => {
          throw new Error(`no answer to ${what()}`, { cause: error });
        });
        expect(cloud.takeFailures(), what()).toEqual([]);
        expect(isOwnFault(answer), what()).toBe(false);
        // What stands before AWS's part of the cloud (its own paths, web pages of strangers) speaks none of its protocols.
        const isOurOwn = /^\{"error": "/.test(answer.body.toString());
        if (!isOurOwn) expect(() => readAnswer(answer, message.method), what()).not.toThrow();
      }),
      { numRuns, seed },
    );
  });
});

describe('afterwards', () => {
  test('it is still known who is calling', async () => {
    const operation = loadServiceModel('sts').operation('GetCallerIdentity') as OperationModel;
    const answer = await cloud.send(
      encodeRequest(
        operation,
        {},
        'query',
        signerOf(() => 0),
      ),
    );
    expect(answer.status).toBe(200);
    expect(answer.body.toString()).toContain('<Arn>arn:aws:iam::000000000000:root</Arn>');
  });

  test('no promise was left to fail by itself, and no object has got a property', () => {
    expect(unhandled).toEqual([]);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
