// Topic policies: what may be one, the one that every topic has from the start, and the statements that AddPermission
// writes.

import { checkResourcePolicy, PolicyFault } from '../../aws/policies/policy.ts';
import { invalidParameter } from './sns.errors.ts';

interface Statement {
  readonly Sid?: string;
  readonly [field: string]: unknown;
}

interface PolicyDocument {
  readonly Statement: readonly Statement[];
  readonly [field: string]: unknown;
}

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

export interface Permission {
  readonly label: string;
  readonly accountIds: readonly string[];
  readonly actions: readonly string[];
}

export function addPermission(policy: string, arn: string, { label, accountIds, actions }: Permission): string {
  const document = documentOf(policy);
  if (document.Statement.some(({ Sid }) => Sid === label)) throw invalidParameter('Statement already exists');
  if (accountIds.length === 0) throw invalidParameter('Policy Error: null');
  if (actions.length === 0 || !actions.every((action) => ownersActions.includes(action)))
    throw invalidParameter('Policy statement action out of service scope!');
  const statement = {
    Sid: label,
    Effect: 'Allow',
    Principal: { AWS: oneOrMany(accountIds.map((id) => `arn:aws:iam::${id}:root`)) },
    Action: oneOrMany(actions.map((action) => `SNS:${action}`)),
    Resource: arn,
  };
  return JSON.stringify({ ...document, Statement: [...document.Statement, statement] });
}

/** Taking away what is not there is no error. */
export function removePermission(policy: string, label: string): string {
  const document = documentOf(policy);
  return JSON.stringify({ ...document, Statement: document.Statement.filter(({ Sid }) => Sid !== label) });
}

function documentOf(policy: string): PolicyDocument {
  const document = JSON.parse(policy) as { readonly Statement?: Statement | readonly Statement[] };
  const listed = document.Statement ?? [];
  return { ...document, Statement: Array.isArray(listed) ? listed : [listed as Statement] };
}

const oneOrMany = (values: readonly string[]): string | readonly string[] =>
  values.length === 1 ? (values[0] as string) : values;
