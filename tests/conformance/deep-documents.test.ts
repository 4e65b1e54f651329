// Whatever text an operation takes may be a document: each is given one that is deeper than any stack, and is answered.

import { expect, test } from 'vitest';
import { loadServiceModel, type OperationModel } from '../../src/aws/model.ts';
import { seededRandom } from '../../src/aws/protocols/random-values.testing.ts';
import { services } from '../../src/main.ts';
import { encodeRequest } from './encode-request.ts';
import { isOwnFault } from './read-answer.ts';
import { builtOperations, createTestCloud } from './test-cloud.ts';
import { furnish, oftenGiven, usual } from './usual.ts';
import { createValidInputs, type Fields } from './valid-input.ts';

const depth = 10_000;
const documents = [`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`, `${'['.repeat(depth)}${']'.repeat(depth)}`];

/** The input once for each text in it, with that text replaced. */
function* replaced(value: unknown, by: string): Generator<unknown> {
  if (typeof value === 'string') yield by;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  for (const [name, part] of Object.entries(value))
    for (const other of replaced(part, by))
      yield Array.isArray(value)
        ? value.map((old, at) => (String(at) === name ? other : old))
        : { ...value, [name]: other };
}

test('every operation answers to deep documents', async () => {
  const cloud = await createTestCloud(services);
  await furnish(cloud);
  const inputs = createValidInputs(seededRandom(1), usual, oftenGiven);
  const signer = () => ({ accessKeyId: 'test', region: 'us-east-1', amzDate: cloud.amzDate() });
  let asked = 0;
  const wrong: string[] = [];
  for (const [{ id }, name] of builtOperations(services)) {
    const operation = loadServiceModel(id).operation(name) as OperationModel;
    const protocol = operation.service.protocols[0];
    if (!protocol) continue;
    const input = inputs.of(operation, 0.4);
    for (const document of documents) {
      for (const deep of replaced(input, document)) {
        const message = encodeRequest(operation, deep as Fields, protocol, signer());
        const answer = await cloud.send(message);
        asked += 1;
        if (isOwnFault(answer))
          wrong.push(
            `${id}:${name} ${JSON.stringify(deep).slice(0, 300)} ${cloud.takeFailures().join().slice(0, 600)}`,
          );
      }
    }
    // What was deleted on the way is made again.
    if (name.startsWith('Delete')) await furnish(cloud);
  }
  expect(wrong).toEqual([]);
  expect(cloud.takeFailures()).toEqual([]);
  expect(asked).toBeGreaterThan(1_000);
  await cloud.stop();
});
