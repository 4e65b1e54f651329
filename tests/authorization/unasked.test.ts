// Nobody passes unasked: whatever the input of a request is, who may nothing is refused by the table of its service, for
// every operation that is built. A rule that finds no resource in an input must not let it through.

import { expect, it } from 'vitest';
import { createAuthorizer, noPolicies } from '../../src/aws/authorize.ts';
import { AwsError } from '../../src/aws/errors.ts';
import { loadServiceModel, type OperationModel } from '../../src/aws/model.ts';
import type { RequestContext } from '../../src/aws/operation.ts';
import { seededRandom as chanceFrom } from '../../src/aws/protocols/random-values.testing.ts';
import type { Service } from '../../src/aws/service.ts';
import { createLog } from '../../src/kernel/log.ts';
import { createMemoryKeyValue } from '../../src/kernel/memory-key-value.ts';
import { seededRandom } from '../../src/kernel/random.ts';
import { createSimulatedClock } from '../../src/kernel/simulated-clock.ts';
import { createStore } from '../../src/kernel/store.ts';
import { services } from '../../src/main.ts';
import { builtOperations, startMs } from '../conformance/test-cloud.ts';
import { createValidInputs, type Fields } from '../conformance/valid-input.ts';

const clock = createSimulatedClock(startMs);
const store = createStore(createMemoryKeyValue(), clock);
const authorizer = createAuthorizer({
  store,
  random: seededRandom(1),
  auth: 'lenient',
  identities: { policiesOf: () => noPolicies, recordUse() {} },
});

const account = '000000000000';

const nobody = (): RequestContext => ({
  account,
  region: 'us-east-1',
  principal: { kind: 'user', arn: `arn:aws:iam::${account}:user/nobody`, userId: 'AIDANOBODY', account },
  policies: noPolicies,
  accesses: [],
  requestId: '1',
  nowMs: clock.now(),
  random: seededRandom(2),
  log: createLog('error', clock, { format: 'text', write: () => undefined }),
  endpoint: 'http://localhost:4566',
  host: { capabilities: {} },
});

/** Refused, and nothing that it asked for was allowed. */
function isRefused(service: Service, name: string, input: Fields): boolean {
  const operation = loadServiceModel(service.id).operation(name) as OperationModel;
  try {
    authorizer.authorize(service, operation, nobody(), input);
    return false;
  } catch (error) {
    if (error instanceof AwsError) return true;
    throw error;
  }
}

const isAsked = ([service, name]: readonly [Service, string]): boolean => {
  const authorization = service.authorization?.[name];
  return authorization !== undefined && !('always' in authorization) && !('within' in authorization);
};

/** What they ask for depends on what the input says: nothing, where it says nothing, and then they do nothing. */
const mayAskNothing: ReadonlySet<string> = new Set([
  // Statements that cannot be parsed, and requests that are empty.
  'dynamodb:BatchExecuteStatement',
  'dynamodb:ExecuteStatement',
  'dynamodb:ExecuteTransaction',
  'dynamodb:TransactWriteItems',
]);

it('every operation refuses who may nothing, whatever the input', () => {
  const chance = chanceFrom(5);
  const inputs = createValidInputs(chance);
  const passed = new Set<string>();
  for (const [service, name] of builtOperations(services).filter(isAsked)) {
    const operation = loadServiceModel(service.id).operation(name) as OperationModel;
    for (let run = 0; run < 25; run++) {
      const input = inputs.of(operation, run === 0 ? 0 : chance());
      if (!isRefused(service, name, input)) passed.add(`${service.id}:${name}`);
    }
  }
  expect([...passed].filter((name) => !mayAskNothing.has(name))).toEqual([]);
});
