// Topic policies: what may be one, the one that every topic has from the start, and the statements that AddPermission
// writes.

import {
  hasPermission,
  type Permission,
  parsePermissions,
  withoutPermission,
  withPermission,
} from '../../aws/policies/permissions.ts';
import { checkResourcePolicy, PolicyFault } from '../../aws/policies/policy.ts';
import { invalidParameter } from './sns.errors.ts';

const ownersActions = [
  'GetTopicAttributes',
  'SetTopicAttributes',
  'AddPermission',
  'RemovePermission',
  'DeleteTopic',
  'Subscribe',
  'ListSubscriptionsByTopic',
  'Publish',
];

export function defaultPolicy(arn: string, account: string): string {
  return JSON.stringify({
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: ownersActions.map((action) => `SNS:${action}`),
        Resource: arn,
        Condition: { StringEquals: { 'AWS:SourceOwner': account } },
      },
    ],
  });
}

/** As it is kept. AWS tells of no policy what is wrong with it. */
export function parseTopicPolicy(text: string): string {
  try {
    checkResourcePolicy(text);
  } catch (error) {
    if (error instanceof PolicyFault) throw invalidParameter('Policy Error: null');
    throw error;
  }
  return JSON.stringify(JSON.parse(text));
}

export function addPermission(policy: string, arn: string, permission: Permission): string {
  const { label, accountIds, actions } = permission;
  const document = parsePermissions(policy);
  if (hasPermission(document, label)) throw invalidParameter('Statement already exists');
  if (accountIds.length === 0) throw invalidParameter('Policy Error: null');
  if (actions.length === 0 || !actions.every((action) => ownersActions.includes(action)))
    throw invalidParameter('Policy statement action out of service scope!');
  return JSON.stringify(withPermission(document, permission, { prefix: 'SNS', arn }));
}

/** Taking away what is not there is no error. What is left may have no statements: it lets in nobody but the owner. */
export function removePermission(policy: string, label: string): string {
  return JSON.stringify(withoutPermission(parsePermissions(policy), label));
}
