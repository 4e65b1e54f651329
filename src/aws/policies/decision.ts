// May this principal do that to this resource? AWS's order: an explicit deny anywhere, then what limits the resource's and
// the principal's organizations, then what the resource's policy grants by itself, then identity, boundary and session.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html

import type { Principal } from '../principal.ts';
import type { CompiledPolicy, CompiledStatement } from './compile.ts';
import type { ConditionValues } from './patterns.ts';
import type { Caller, PrincipalMatch } from './principals.ts';

/** In the words of AWS's messages. */
export type PolicyKind =
  | 'identity-based'
  | 'resource-based'
  | 'permissions boundary'
  | 'session'
  | 'service control'
  | 'resource control';

export interface NamedPolicy {
  /** The ARN of a managed policy, of the resource, or a name for an inline one: `inline: user/x/policy/y`. */
  readonly arn: string;
  readonly kind: PolicyKind;
  readonly policy: CompiledPolicy;
}

/** Everything that a principal brings along. */
export interface PrincipalPolicies {
  readonly identity: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy | undefined;
  /** Present: these limit, even if there are none of them. */
  readonly session?: readonly NamedPolicy[] | undefined;
  readonly serviceControl?: ControlPolicies | undefined;
  /** Of the user or the role, for `aws:PrincipalTag/…`; those of a session come on top. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** For `aws:PrincipalOrgID` and its like. Absent where there is no organization at all. */
  readonly organizationOf?: ((account: string) => OrganizationOfAccount | undefined) | undefined;
}

export interface OrganizationOfAccount {
  /** `o-…` */
  readonly id: string;
  readonly managementAccount: string;
  /** `o-…/r-…/ou-…/`, down to what the account is in. */
  readonly paths: readonly string[];
}

/** One list a level (root, unit, account), each of which must allow. Absent: the account is in no organization. */
export type ControlPolicies = readonly (readonly NamedPolicy[])[];

/** What the resource brings along. */
export interface ResourcePolicies {
  readonly policy?: NamedPolicy | undefined;
  readonly resourceControl?: ControlPolicies | undefined;
  /** Of roles and KMS keys: no identity's own policies suffice without a grant by the resource's. */
  readonly mustGrant?: boolean;
}

export interface AccessQuestion extends Omit<Caller, 'hasBoundary'> {
  /** `s3:GetObject`, in any case. */
  readonly action: string;
  /** An ARN, or `*` for actions that are about no resource in particular. */
  readonly resource: string;
  /** Undefined: the principal's own. */
  readonly resourceAccount: string | undefined;
  /** By key in lower case. */
  readonly context: ConditionValues;
}

export interface Decision {
  readonly effect: 'allow' | 'deny';
  /** Whether a statement denies, and not only none allows. */
  readonly isExplicit: boolean;
  /** The kind that denied or allowed; undefined where it took no policy (the account's root user). */
  readonly decidedBy: PolicyKind | undefined;
  /** What each kind that there is said. */
  readonly verdicts: Readonly<Partial<Record<PolicyKind, PolicyVerdict>>>;
  /** All that apply to the question, whether or not they made the difference. */
  readonly statements: readonly MatchedStatement[];
}

export type PolicyVerdict = 'allowed' | 'explicitDeny' | 'implicitDeny';

export interface MatchedStatement {
  readonly source: NamedPolicy;
  readonly statement: CompiledStatement;
  /** By which of its names the principal was named, in policies that name some. */
  readonly principalMatch: PrincipalMatch | undefined;
}

export function decide(
  question: AccessQuestion,
  policies: PrincipalPolicies,
  resource: ResourcePolicies | NamedPolicy = {},
): Decision {
  const ofResource = 'kind' in resource ? { policy: resource } : resource;
  const statements: MatchedStatement[] = [];
  const { principal, canonicalUserId } = question;
  const caller: Caller = { principal, canonicalUserId, hasBoundary: policies.boundary !== undefined };
  const ask = new Asker(question, caller, statements);
  // Each is asked even where an earlier one denies: whoever reads the answer wants to know all.
  const answers: Answers = {
    resourceControl: ofResource.resourceControl && ask.levels(ofResource.resourceControl),
    serviceControl: policies.serviceControl && ask.levels(policies.serviceControl),
    resource: ofResource.policy && ask.policy(ofResource.policy),
    identity: isRootOfAccount(principal) ? undefined : ask.policies(policies.identity),
    boundary: policies.boundary && ask.policy(policies.boundary),
    session: policies.session && ask.policies(policies.session),
  };
  const conclusion = conclude(question, answers, ofResource.mustGrant === true);
  return decisionOf(policies, question.action, conclusion, answers, statements);
}

interface Remembered {
  readonly decision: Decision;
  readonly verdictsCode: number;
}

const lastDecisions = new WeakMap<PrincipalPolicies, Map<string, Remembered>>();
const mostActions = 1000;

/**
 * The same object as for the last question about that action, if the decision is the same. Calls are remembered with their
 * decisions, a thousand of them, and one principal's are mostly alike.
 */
function decisionOf(
  policies: PrincipalPolicies,
  action: string,
  conclusion: Conclusion,
  answers: Answers,
  statements: readonly MatchedStatement[],
): Decision {
  let byAction = lastDecisions.get(policies);
  if (!byAction) {
    byAction = new Map();
    lastDecisions.set(policies, byAction);
  }
  const verdictsCode = codeOf(answers);
  const last = byAction.get(action);
  if (last?.verdictsCode === verdictsCode && isSame(last.decision, conclusion, statements)) return last.decision;
  const { effect, isExplicit, decidedBy } = conclusion;
  const decision = { effect, isExplicit, decidedBy, verdicts: verdictsOf(answers), statements };
  if (byAction.size >= mostActions) byAction.clear();
  byAction.set(action, { decision, verdictsCode });
  return decision;
}

function isSame(last: Decision, conclusion: Conclusion, statements: readonly MatchedStatement[]): boolean {
  if (last.effect !== conclusion.effect || last.isExplicit !== conclusion.isExplicit) return false;
  if (last.decidedBy !== conclusion.decidedBy || last.statements.length !== statements.length) return false;
  return statements.every((match, at) => match === last.statements[at]);
}

interface Answer {
  readonly denies: boolean;
  readonly allows: boolean;
  /** The strongest name by which an allowing statement names the principal. */
  readonly match: PrincipalMatch | undefined;
}

interface Answers {
  readonly resourceControl: Answer | undefined;
  readonly serviceControl: Answer | undefined;
  readonly resource: Answer | undefined;
  readonly identity: Answer | undefined;
  readonly boundary: Answer | undefined;
  readonly session: Answer | undefined;
}

const kinds: Readonly<Record<keyof Answers, PolicyKind>> = {
  resourceControl: 'resource control',
  serviceControl: 'service control',
  resource: 'resource-based',
  identity: 'identity-based',
  boundary: 'permissions boundary',
  session: 'session',
};

const order = Object.keys(kinds) as readonly (keyof Answers)[];

type Conclusion = Pick<Decision, 'effect' | 'isExplicit' | 'decidedBy'>;

const deny = (decidedBy: PolicyKind): Conclusion => ({ effect: 'deny', isExplicit: false, decidedBy });
const allow = (decidedBy: PolicyKind | undefined): Conclusion => ({ effect: 'allow', isExplicit: false, decidedBy });

function conclude(question: AccessQuestion, answers: Answers, mustGrant: boolean): Conclusion {
  for (const name of order) {
    if (answers[name]?.denies) return { effect: 'deny', isExplicit: true, decidedBy: kinds[name] };
  }
  const { principal, resourceAccount = principal.account } = question;
  const { resourceControl, serviceControl, resource } = answers;
  const isGranted = resource?.allows === true;
  if (resourceControl && !resourceControl.allows) return deny('resource control');
  if (!hasIdentity(principal)) return isGranted ? allow('resource-based') : deny('resource-based');
  if (serviceControl && !serviceControl.allows) return deny('service control');
  const isForeign = resourceAccount !== principal.account;
  if ((isForeign || mustGrant) && !isGranted) return deny('resource-based');
  if (isRootOfAccount(principal)) return allow(isGranted ? 'resource-based' : undefined);
  return concludeForIdentity(principal, answers, isForeign || !isGranted ? undefined : resource.match);
}

/** `granted`: by which of the principal's names its own account's resource lets it in. */
function concludeForIdentity(principal: Principal, answers: Answers, granted: PrincipalMatch | undefined): Conclusion {
  if (granted === 'self' || granted === 'everyone') return allow('resource-based');
  const { identity, boundary, session } = answers;
  // By its account's name a resource lets it in only if its account does.
  const isGranted = granted === 'role';
  if (!isGranted && !identity?.allows) return deny('identity-based');
  if (boundary && !boundary.allows) return deny('permissions boundary');
  // GetFederationToken without a policy makes keys that can do nothing by themselves.
  const isUnlimited = session === undefined && principal.kind !== 'federated-user';
  if (!isUnlimited && !session?.allows) return deny('session');
  return allow(isGranted && !identity?.allows ? 'resource-based' : 'identity-based');
}

/** Its keys may be temporary ones: GetSessionToken keeps it the root user. */
const isRootOfAccount = ({ kind }: Principal): boolean => kind === 'root';

/** Others have no policies of their own; only a resource's can let them in. Whom but a provider vouches for is of no account. */
const hasIdentity = ({ kind, account }: Principal): boolean =>
  account !== '' && (kind === 'root' || kind === 'user' || kind === 'assumed-role' || kind === 'federated-user');

function verdictsOf(answers: Answers): Decision['verdicts'] {
  const verdicts: Partial<Record<PolicyKind, PolicyVerdict>> = {};
  for (const name of order) {
    const answer = answers[name];
    if (answer) verdicts[kinds[name]] = answer.denies ? 'explicitDeny' : answer.allows ? 'allowed' : 'implicitDeny';
  }
  return verdicts;
}

/** One digit for each kind that there may be. */
function codeOf(answers: Answers): number {
  let code = 0;
  for (const name of order) {
    const answer = answers[name];
    code = code * 4 + (answer === undefined ? 0 : answer.denies ? 1 : answer.allows ? 2 : 3);
  }
  return code;
}

/** A statement that is about an action, as it is told where it applies to whoever has the policy. */
interface SourcedStatement extends MatchedStatement {
  readonly principalMatch: undefined;
}

const gathered = new WeakMap<object, Map<string, readonly SourcedStatement[]>>();

/** Those of all the policies, in the order in which they are asked. `owner` is what holds the policies, and lives as long. */
function statementsAbout(owner: readonly NamedPolicy[] | NamedPolicy, action: string): readonly SourcedStatement[] {
  let byAction = gathered.get(owner);
  if (!byAction) {
    byAction = new Map();
    gathered.set(owner, byAction);
  }
  let found = byAction.get(action);
  if (!found) {
    const policies = 'kind' in owner ? [owner] : owner;
    found = policies.flatMap((source) => {
      const { denies, allows } = source.policy.statementsFor(action.toLowerCase());
      return [...denies, ...allows].map((statement) => ({ source, statement, principalMatch: undefined }));
    });
    if (byAction.size >= mostActions) byAction.clear();
    byAction.set(action, found);
  }
  return found;
}

/** Writes down every statement that applies. */
class Asker {
  readonly #question: AccessQuestion;
  readonly #caller: Caller;
  readonly #matched: MatchedStatement[];

  constructor(question: AccessQuestion, caller: Caller, matched: MatchedStatement[]) {
    this.#question = question;
    this.#caller = caller;
    this.#matched = matched;
  }

  policy(policy: NamedPolicy): Answer {
    return this.#answer(statementsAbout(policy, this.#question.action));
  }

  /** Allowed by any. */
  policies(policies: readonly NamedPolicy[]): Answer {
    return this.#answer(statementsAbout(policies, this.#question.action));
  }

  /** Allowed by any at each level. */
  levels(levels: ControlPolicies): Answer {
    const answers = levels.map((policies) => this.policies(policies));
    return {
      denies: answers.some(({ denies }) => denies),
      allows: answers.every(({ allows }) => allows),
      match: undefined,
    };
  }

  #answer(about: readonly SourcedStatement[]): Answer {
    let denies = false;
    let allows = false;
    let match: PrincipalMatch | undefined;
    for (const sourced of about) {
      const applied = this.#applied(sourced);
      if (!applied) continue;
      this.#matched.push(applied);
      if (applied.statement.statement.effect === 'Deny') denies = true;
      else {
        allows = true;
        match = stronger(match, applied.principalMatch);
      }
    }
    return { denies, allows, match };
  }

  #applied(sourced: SourcedStatement): MatchedStatement | undefined {
    const { source, statement } = sourced;
    const { matchPrincipal, coversResource, conditionsHold } = statement;
    const { resource, context } = this.#question;
    // A resource's policy is about nobody where it names nobody; an identity's is about whoever has it.
    const principalMatch = matchPrincipal?.(this.#caller);
    if (principalMatch === undefined && (matchPrincipal || source.kind === 'resource-based')) return undefined;
    if (!coversResource(resource, context) || !conditionsHold(context)) return undefined;
    return principalMatch === undefined ? sourced : { source, statement, principalMatch };
  }
}

const strengths: Readonly<Record<PrincipalMatch, number>> = { account: 0, role: 1, everyone: 2, self: 3 };

function stronger(a: PrincipalMatch | undefined, b: PrincipalMatch | undefined): PrincipalMatch | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return strengths[a] >= strengths[b] ? a : b;
}
