import { describe, expect, it } from 'vitest';
import { isForEverybody, PolicyFault, parsePolicy } from './policy.ts';

const bucket = 'arn:aws:s3:::bucket';
const statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${bucket}/*` };
const parse = (...statements: readonly object[]) => parsePolicy(JSON.stringify({ Statement: statements }));

describe('parsePolicy', () => {
  it.each([
    ['[]', "Policies must be valid JSON and the first byte must be '{'"],
    ['{', "Policies must be valid JSON and the first byte must be '{'"],
    ['{"Version":"2012-10-17"}', 'Missing required field Statement'],
    ['{"Statement":[]}', 'Missing required field Statement cannot be empty!'],
    ['{"Statement":{},"More":1}', 'Unknown field More'],
    ['{"Version":"2020-01-01","Statement":{}}', 'The policy must contain a valid version string'],
    ['{"Statement":{}}', 'Missing required field Effect'],
    ['{"Statement":{"Effect":"allow"}}', 'Invalid effect: allow'],
    ['{"Statement":{"Effect":"Allow","Resource":"*"}}', 'Missing required field Action'],
    ['{"Statement":{"Effect":"Allow","Action":"*"}}', 'Missing required field Resource'],
    ['{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}', 'Missing required field Action cannot be empty!'],
    [
      '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Is":{"a":"b"}}}}',
      'Invalid Condition type : Is',
    ],
    [
      '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Principal":{"Robot":"*"}}}',
      'Invalid principal in policy',
    ],
  ])('%s: %s', (text, fault) => {
    expect(() => parsePolicy(text)).toThrow(new PolicyFault(fault));
  });
});

it('knows statements that are for everybody', () => {
  const everybody = (Principal: unknown) => isForEverybody(parse({ ...statement, Principal }).statements[0] as never);
  expect(everybody('*')).toBe(true);
  expect(everybody({ AWS: ['111122223333', '*'] })).toBe(true);
  expect(everybody({ AWS: '111122223333' })).toBe(false);
});
