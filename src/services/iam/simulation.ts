// What a simulation asks, and what it answers: the gateway's own `decide`, with policies and condition keys that are given.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html

import { compilePolicy } from '../../aws/policies/compile.ts';
import {
  type ControlPolicies,
  type Decision,
  decide,
  type MatchedStatement,
  type NamedPolicy,
  type PolicyKind,
  type PolicyVerdict,
} from '../../aws/policies/decision.ts';
import { PolicyFault } from '../../aws/policies/policy-fault.ts';
import { locateStatements } from '../../aws/policies/policy-text.ts';
import { type PolicyType, validatePolicy } from '../../aws/policies/validate-policy.ts';
import type { Principal } from '../../aws/principal.ts';
import type { ContextEntry, EvaluationResult, PolicySourceType, Statement } from '../../generated/iam.types.ts';
import { invalidInput } from './iam.errors.ts';

/** A policy with its text, in which matched statements are pointed out. */
export interface SimulatedPolicy {
  readonly named: NamedPolicy;
  /** `PolicyInputList.1`, or a policy's name. */
  readonly sourceId: string;
  /** Absent for an organization's policies, whose statements its members are not shown. */
  readonly document?: string;
}

export interface Simulation {
  readonly principal: Principal;
  readonly identity: readonly SimulatedPolicy[];
  readonly boundary?: SimulatedPolicy | undefined;
  readonly resourcePolicy?: SimulatedPolicy | undefined;
  readonly serviceControl?: readonly (readonly SimulatedPolicy[])[] | undefined;
  readonly resourceAccount: string;
  /** By key in lower case. */
  readonly context: ReadonlyMap<string, readonly string[]>;
}

/** Checks and compiles a document that came with the request. */
export function givenPolicy(document: string, sourceId: string, kind: PolicyKind, type: PolicyType): SimulatedPolicy {
  try {
    validatePolicy(document, type);
  } catch (error) {
    throw error instanceof PolicyFault ? invalidInput(`${sourceId} is not a valid policy: ${error.message}`) : error;
  }
  return { sourceId, document, named: { arn: sourceId, kind, policy: compilePolicy(document) } };
}

/** One action on one resource. */
export function simulate(simulation: Simulation, action: string, resource: string): EvaluationResult {
  const { principal, identity, boundary, resourcePolicy, serviceControl, resourceAccount, context } = simulation;
  const levels: ControlPolicies | undefined = serviceControl?.map((level) => level.map(({ named }) => named));
  const decision = decide(
    { principal, action, resource, resourceAccount, context },
    { identity: identity.map(({ named }) => named), boundary: boundary?.named, serviceControl: levels },
    { policy: resourcePolicy?.named },
  );
  const { verdicts } = decision;
  const isForeign = resourceAccount !== principal.account;
  const details = {
    MatchedStatements: matchedStatements(simulation, decision.statements),
    MissingContextValues: missingKeys(simulation, action, resource),
    ...(isForeign && {
      EvalDecisionDetails: {
        'IAM Policy': verdictOf(verdicts['identity-based']),
        'Resource Policy': verdictOf(verdicts['resource-based']),
      },
    }),
    ...(boundary && {
      PermissionsBoundaryDecisionDetail: {
        AllowedByPermissionsBoundary: verdicts['permissions boundary'] === 'allowed',
      },
    }),
  };
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decisionOf(decision),
    EvalDecisionDetails: {},
    ...details,
    ...(serviceControl && {
      OrganizationsDecisionDetail: { AllowedByOrganizations: verdicts['service control'] === 'allowed' },
    }),
    // AWS says it twice: a result is of one action on one resource.
    ResourceSpecificResults: [{ EvalResourceName: resource, EvalResourceDecision: decisionOf(decision), ...details }],
  };
}

const verdictOf = (verdict: PolicyVerdict = 'implicitDeny'): PolicyVerdict => verdict;

function decisionOf({ effect, isExplicit }: Decision): EvaluationResult['EvalDecision'] {
  if (effect === 'allow') return 'allowed';
  return isExplicit ? 'explicitDeny' : 'implicitDeny';
}

const allPolicies = (simulation: Simulation): readonly SimulatedPolicy[] => [
  ...simulation.identity,
  ...(simulation.boundary ? [simulation.boundary] : []),
  ...(simulation.resourcePolicy ? [simulation.resourcePolicy] : []),
  ...(simulation.serviceControl?.flat() ?? []),
];

function matchedStatements(simulation: Simulation, matched: readonly MatchedStatement[]): readonly Statement[] {
  const bySource = new Map(allPolicies(simulation).map((policy) => [policy.named, policy]));
  return matched.flatMap(({ source, statement }): readonly Statement[] => {
    const policy = bySource.get(source);
    const span = policy?.document === undefined ? undefined : locateStatements(policy.document)[statement.index];
    if (!policy || !span) return [];
    return [
      {
        SourcePolicyId: policy.sourceId,
        SourcePolicyType: sourceTypes[source.kind] as PolicySourceType,
        StartPosition: { Line: span.start.line, Column: span.start.column },
        EndPosition: { Line: span.end.line, Column: span.end.column },
      },
    ];
  });
}

/** AWS answers with these words, which are not the ones that its model lists. */
const sourceTypes: Readonly<Record<PolicyKind, string>> = {
  'identity-based': 'IAM Policy',
  'resource-based': 'Resource Policy',
  'permissions boundary': 'IAM Permissions Boundary Policy',
  session: 'Session Policy',
  'service control': 'Service Control Policy',
  'resource control': 'Resource Control Policy',
};

/** Keys that statements about this action and resource ask for, and nobody gave. */
function missingKeys(simulation: Simulation, action: string, resource: string): readonly string[] {
  const { context } = simulation;
  const asked = allPolicies(simulation).flatMap(({ named: { policy } }) => {
    const { denies, allows } = policy.statementsFor(action.toLowerCase());
    return [...denies, ...allows].filter(({ coversResource }) => coversResource(resource, context));
  });
  const missing = asked.flatMap(({ keys }) => keys).filter((key) => !context.has(key.toLowerCase()));
  return [...new Map(missing.map((key) => [key.toLowerCase(), key])).values()];
}

/** What is given, on top of what is known of the principal. */
export function contextOf(
  principal: Principal,
  tags: readonly { readonly Key: string; readonly Value: string }[],
  entries: readonly ContextEntry[],
): ReadonlyMap<string, readonly string[]> {
  const context = new Map<string, readonly string[]>([
    ['aws:principalarn', [principal.session?.roleArn ?? principal.arn]],
    ['aws:principalaccount', [principal.account]],
    ['aws:principaltype', [principal.kind === 'user' ? 'User' : 'AssumedRole']],
    ['aws:userid', [principal.userId]],
  ]);
  if (principal.kind === 'user') context.set('aws:username', [principal.arn.slice(principal.arn.lastIndexOf('/') + 1)]);
  for (const { Key, Value } of tags) context.set(`aws:principaltag/${Key.toLowerCase()}`, [Value]);
  for (const { ContextKeyName, ContextKeyValues = [] } of entries) {
    if (ContextKeyName !== undefined) context.set(ContextKeyName.toLowerCase(), ContextKeyValues);
  }
  return context;
}
