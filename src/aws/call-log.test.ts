import { describe, expect, it } from 'vitest';
import { createCallLog } from './call-log.ts';
import type { Call, JudgedAccess } from './calls.ts';
import { loadServiceModel, type OperationModel } from './model.ts';
import { rootPrincipal } from './principal.ts';

const account = '000000000000';
const denial = {
  effect: 'deny',
  isExplicit: false,
  decidedBy: 'identity-based',
  verdicts: {},
  statements: [],
} as const;

const accessTo = (resource: string, decision?: JudgedAccess['decision']): JudgedAccess => ({
  action: 's3:DeleteObject',
  resource,
  decision,
});

const callOf = (requestId: string, accesses: readonly JudgedAccess[], error?: Call['error']): Call => ({
  requestId,
  atMs: 0,
  operation: loadServiceModel('s3').operation('DeleteObjects') as OperationModel,
  account,
  region: 'us-east-1',
  principal: rootPrincipal(account),
  request: undefined,
  input: {},
  output: undefined,
  error,
  status: error ? 403 : 200,
  tookMs: 1,
  accesses,
});

describe('the log of calls', () => {
  it('keeps the latest thousand, and forgets the oldest', () => {
    const log = createCallLog();
    for (let i = 0; i <= 1000; i++) log.observe(callOf(`request-${i}`, []));
    expect(log.find('request-0')).toBeUndefined();
    expect(log.find('request-1')?.requestId).toBe('request-1');
    expect(log.find('request-1000')?.requestId).toBe('request-1000');
  });

  it('keeps of a call about many objects a hundred, those that were denied before others', () => {
    const log = createCallLog();
    const allowed = Array.from({ length: 1000 }, (_, i) => accessTo(`allowed-${i}`));
    const error = { code: 'AccessDenied', message: '' };
    log.observe(callOf('large', [...allowed, accessTo('denied', denial)], error));
    expect(log.denied().map(({ requestId }) => requestId)).toEqual(['large']);
    const { accesses = [] } = log.find('large') ?? {};
    expect(accesses).toHaveLength(100);
    expect(accesses[0]?.resource).toBe('denied');
    // What a run needed is counted in full.
    expect(log.accesses({})).toHaveLength(1001);
  });

  it('counts what was done to twenty thousand resources, and forgets those that came up first', () => {
    const log = createCallLog();
    for (let i = 0; i <= 20_000; i++) log.observe(callOf(`request-${i}`, [accessTo(`r-${i}`)]));
    log.observe(callOf('again', [accessTo('r-20000')]));
    const accesses = log.accesses({});
    expect(accesses).toHaveLength(20_000);
    expect(accesses[0]).toMatchObject({ resource: 'r-1', count: 1, denied: 0 });
    expect(accesses.at(-1)).toMatchObject({ resource: 'r-20000', count: 2 });
    log.observe(callOf('first', [accessTo('r-0')]));
    expect(log.accesses({}).at(-1)).toMatchObject({ resource: 'r-0', count: 1 });
  });
});
