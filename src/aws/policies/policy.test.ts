import { describe, expect, it } from 'vitest';
import { anonymousPrincipal, rootPrincipal, servicePrincipal } from '../principal.ts';
import { evaluatePolicy, isForEverybody, PolicyFault, parsePolicy } from './policy.ts';

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

describe('evaluatePolicy', () => {
  const ask = (
    principal = anonymousPrincipal('111122223333'),
    action = 'S3:getobject',
    resource = `${bucket}/key`,
  ) => ({
    principal,
    action,
    resource,
    context: new Map(),
  });

  it('says whether a policy allows, denies, or does neither', () => {
    expect(evaluatePolicy(parse(statement), ask())).toBe('allow');
    expect(evaluatePolicy(parse(statement), ask(undefined, 's3:PutObject'))).toBe('none');
    expect(evaluatePolicy(parse(statement, { ...statement, Effect: 'Deny' }), ask())).toBe('deny');
  });

  it('lets nobody in where nobody is named', () => {
    const { Principal: _, ...unnamed } = statement;
    expect(evaluatePolicy(parse(unnamed), ask())).toBe('none');
  });

  it('tells services and accounts apart', () => {
    const forTopics = parse({ ...statement, Principal: { Service: 'sns.amazonaws.com' } });
    expect(evaluatePolicy(forTopics, ask(servicePrincipal('sns', '111122223333')))).toBe('allow');
    expect(evaluatePolicy(forTopics, ask(rootPrincipal('111122223333')))).toBe('none');
  });
});

it('knows statements that are for everybody', () => {
  const everybody = (Principal: unknown) => isForEverybody(parse({ ...statement, Principal }).statements[0] as never);
  expect(everybody('*')).toBe(true);
  expect(everybody({ AWS: ['111122223333', '*'] })).toBe(true);
  expect(everybody({ AWS: '111122223333' })).toBe(false);
});
