// A policy that is stored and cannot be understood shuts everybody out: what it would have denied is unknown.

import { expect, it } from 'vitest';
import { createMemoryKeyValue } from '../kernel/memory-key-value.ts';
import { createSimulatedClock } from '../kernel/simulated-clock.ts';
import { createStore } from '../kernel/store.ts';
import { decide } from './policies/decision.ts';
import { createResourcePolicies } from './resource-policies.ts';

const account = '000000000000';
const user = { kind: 'user' as const, arn: `arn:aws:iam::${account}:user/a`, userId: 'AIDAA', account };

it.each(['{', '{"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]}', '[]'])('%s lets nobody in', (text) => {
  const policies = createResourcePolicies(createStore(createMemoryKeyValue(), createSimulatedClock(0)));
  const ref = { arn: `arn:aws:sqs:us-east-1:${account}:q`, account, region: 'us-east-1', id: 'q' };
  const found = policies.of({ tables: [], find: () => ({ text }), ownersRootMay: [] }, ref);
  const question = {
    principal: user,
    action: 'sqs:SendMessage',
    resource: ref.arn,
    resourceAccount: account,
    context: { get: () => undefined },
  };
  const decision = decide(question, { identity: [] }, found?.named && { policy: found.named });
  expect(decision).toMatchObject({ effect: 'deny', isExplicit: true, decidedBy: 'resource-based' });
});
