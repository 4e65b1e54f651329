// Random inputs that AWS's models admit, for every operation that is built, with ids of what exists mixed in: whatever
// users ask for, it is done or refused in AWS's words. What the cloud calls its own fault fails the test.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadServiceModel, type OperationModel } from '../../src/aws/model.ts';
import { seededRandom } from '../../src/aws/protocols/random-values.testing.ts';
import { services } from '../../src/main.ts';
import { encodeRequest } from './encode-request.ts';
import { pick } from './mutation.ts';
import { contentFormat, formatOf, isOwnFault, readAnswer } from './read-answer.ts';
import { showMessage } from './spoiled-request.ts';
import { builtOperations, createTestCloud, overheard } from './test-cloud.ts';
import { furnish, oftenGiven, usual } from './usual.ts';
import { createValidInputs } from './valid-input.ts';

const lives = Number(process.env['CLOUDLET_FUZZ_RUNS'] ?? 12);
const seed = Number(process.env['CLOUDLET_FUZZ_SEED'] ?? 1);
const steps = 250;

const built = builtOperations(services);
const kept = built.filter(([, name]) => !/^(Delete|Terminate)/.test(name));
const succeeded = new Set<string>();

/** One cloud from a seed, and what is asked of it. */
async function live(from: number): Promise<void> {
  const chance = seededRandom(from);
  const inputs = createValidInputs(chance, usual, oftenGiven);
  const cloud = await createTestCloud(
    overheard(services, (operation, output) => inputs.remember(operation.output, output)),
  );
  for (let step = 0; step < steps; step++) {
    // Something to work on, again and again: for the most part it is deleted soon.
    if (step % 50 === 0) await furnish(cloud);
    const [{ id }, name] = pick(chance() < 0.7 ? kept : built, chance);
    const operation = loadServiceModel(id).operation(name) as OperationModel;
    const protocol = pick(operation.service.protocols, chance);
    // A few optional members are often accepted, many are nearly always too many.
    const input = inputs.of(operation, chance() < 0.6 ? 0.07 : chance() * 0.6);
    const signer = { accessKeyId: 'test', region: 'us-east-1', amzDate: cloud.amzDate() };
    const message = encodeRequest(operation, input, protocol, signer);
    const what = `step ${step}: ${id}:${name} ${showMessage(message)}`;
    const answer = await cloud.send(message);
    expect(cloud.takeFailures(), what).toEqual([]);
    expect(isOwnFault(answer), what).toBe(false);
    expect(cloud.lastRouted(), what).toBe(`${id}.${name}`);
    const error = readAnswer(answer, message.method);
    if (!error) {
      inputs.remember(operation.input, input);
      succeeded.add(`${id}:${name}`);
    } else if (message.method !== 'HEAD') {
      expect(contentFormat(answer.headers['content-type'] ?? ''), what).toBe(formatOf[protocol]);
    }
  }
  await cloud.settle(cloud.cloud.settle());
  expect(cloud.takeFailures()).toEqual([]);
  await cloud.stop();
}

test(`${lives} clouds are asked ${steps} things each`, { timeout: 60_000 + lives * 20_000 }, async () => {
  await fc.assert(fc.asyncProperty(fc.integer(), live), { numRuns: lives, seed, endOnFailure: true });
});

test('many of the operations have succeeded at least once', () => {
  // Random requests that were all refused at the door would show nothing.
  expect(succeeded.size).toBeGreaterThan(built.length / 3);
});
