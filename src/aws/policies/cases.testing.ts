// Policies, requests and AWS's documented outcomes, as tables that tests of the evaluator and of the whole gateway share.

import type { Principal } from '../principal.ts';
import { type ConditionRow, conditionRows, variableValues } from './condition-cases.testing.ts';
import type { Document, NaivePolicies, NaiveRequest, Outcome, StatementDocument } from './naive.testing.ts';

export interface PolicyCase {
  readonly name: string;
  /** Where AWS says so: a page of its documentation. */
  readonly source: string;
  readonly policies: NaivePolicies;
  readonly request: NaiveRequest;
  readonly expected: Outcome;
}

const guide = 'https://docs.aws.amazon.com/IAM/latest/UserGuide';

export const pages = {
  boundaries: `${guide}/access_policies_boundaries.html`,
  logic: `${guide}/reference_policies_evaluation-logic_policy-eval-denyallow.html`,
  crossAccount: `${guide}/reference_policies_evaluation-logic-cross-account.html`,
  interplay: `${guide}/reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html`,
  principal: `${guide}/reference_policies_elements_principal.html`,
  notPrincipal: `${guide}/reference_policies_elements_notprincipal.html`,
  action: `${guide}/reference_policies_elements_action.html`,
  notAction: `${guide}/reference_policies_elements_notaction.html`,
  resource: `${guide}/reference_policies_elements_resource.html`,
  notResource: `${guide}/reference_policies_elements_notresource.html`,
  operators: `${guide}/reference_policies_elements_condition_operators.html`,
  condition: `${guide}/reference_policies_elements_condition.html`,
  sets: `${guide}/reference_policies_condition-single-vs-multi-valued-context-keys.html`,
  variables: `${guide}/reference_policies_variables.html`,
  session: `${guide}/access_policies.html#policies_session`,
  serviceControl:
    'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html',
  resourceControl: 'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html',
  examples: `${guide}/access_policies_examples.html`,
} as const;

export const account = '111122223333';
export const otherAccount = '444455556666';

export const alice: Principal = {
  kind: 'user',
  arn: `arn:aws:iam::${account}:user/alice`,
  userId: 'AIDAALICEALICEALICE12',
  account,
};

/** A document of the newer version. */
export const policy = (...statements: readonly StatementDocument[]): Document => ({
  Version: '2012-10-17',
  Statement: statements,
});

export const allow = (Action: string | readonly string[], Resource: string | readonly string[] = '*') =>
  ({ Effect: 'Allow', Action, Resource }) as const;

export const deny = (Action: string | readonly string[], Resource: string | readonly string[] = '*') =>
  ({ Effect: 'Deny', Action, Resource }) as const;

export const everything: Document = policy(allow('*'));

type Asked = Partial<NaiveRequest>;

/** Alice's in her own account, unless something else is said. */
export function ask(action: string, resource: string, more: Asked = {}): NaiveRequest {
  const principal = more.principal ?? alice;
  return { principal, action, resource, resourceAccount: principal.account, context: {}, ...more };
}

function ofCondition(row: ConditionRow): readonly PolicyCase[] {
  const { operator, wanted, actual, holds, version = '2012-10-17' } = row;
  const context = { ...variableValues, ...(actual && { 'test:key': actual }) };
  const request = ask('s3:GetObject', 'arn:aws:s3:::bucket/key', { context });
  const name = `${operator} ${JSON.stringify(wanted)} of ${actual ? JSON.stringify(actual) : 'a key that is missing'}`;
  const source = operator.startsWith('For') ? pages.sets : pages.operators;
  const condition = { Condition: { [operator]: { 'test:Key': wanted } } };
  const document = (statement: StatementDocument): Document => ({ Version: version, Statement: statement });
  return [
    {
      name: `Allow: ${name}`,
      source,
      policies: { identity: [document({ ...allow('s3:GetObject'), ...condition })] },
      request,
      expected: holds ? 'allow' : 'implicitDeny',
    },
    {
      name: `Deny: ${name}`,
      source,
      policies: { identity: [everything, document({ ...deny('s3:GetObject'), ...condition })] },
      request,
      expected: holds ? 'explicitDeny' : 'allow',
    },
  ];
}

export const conditionCases: readonly PolicyCase[] = conditionRows.flatMap(ofCondition);
