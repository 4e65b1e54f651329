// Policy documents in AWS's JSON: taken apart once, then asked whether they allow or deny something. What a document must
// look like beyond that (which actions, whose resources) is for the service that keeps it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

import type { Principal } from '../principal.ts';
import { type Condition, conditionsHold, parseConditions } from './conditions.ts';
import { type ConditionValues, matchesPattern } from './patterns.ts';
import { PolicyFault } from './policy-fault.ts';

export { PolicyFault };

export interface Policy {
  readonly version: string;
  readonly id: string | undefined;
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  /** Absent in policies of identities, which are about whoever has them. */
  readonly principals: Principals | undefined;
  /** In lower case: actions are the same however they are written. */
  readonly actions: Patterns;
  readonly resources: Patterns;
  readonly conditions: readonly Condition[];
}

/** `Action` or, when negated, `NotAction`. */
export interface Patterns {
  readonly isNegated: boolean;
  readonly patterns: readonly string[];
}

export interface Principals {
  readonly isNegated: boolean;
  /** `"*"` alone stands for everybody. */
  readonly all: boolean;
  readonly byKind: Readonly<Partial<Record<PrincipalKind, readonly string[]>>>;
}

export type PrincipalKind = 'AWS' | 'CanonicalUser' | 'Service' | 'Federated';

export interface PolicyRequest {
  readonly principal: Principal;
  /** S3's long id of the caller's account. */
  readonly canonicalUserId?: string;
  readonly action: string;
  readonly resource: string;
  readonly context: ConditionValues;
}

export type Verdict = 'allow' | 'deny' | 'none';

export function parsePolicy(text: string): Policy {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new PolicyFault("Policies must be valid JSON and the first byte must be '{'");
  }
  const fields = objectOf(document, "Policies must be valid JSON and the first byte must be '{'");
  for (const name of Object.keys(fields)) {
    if (!['Version', 'Id', 'Statement'].includes(name)) throw new PolicyFault(`Unknown field ${name}`);
  }
  const version = fields['Version'] ?? '2008-10-17';
  if (version !== '2012-10-17' && version !== '2008-10-17') {
    throw new PolicyFault('The policy must contain a valid version string');
  }
  const listed = fields['Statement'];
  if (listed === undefined) throw new PolicyFault('Missing required field Statement');
  const statements = (Array.isArray(listed) ? listed : [listed]).map(parseStatement);
  if (statements.length === 0) throw new PolicyFault('Missing required field Statement cannot be empty!');
  const sids = statements.flatMap(({ sid }) => sid ?? []);
  if (new Set(sids).size < sids.length) throw new PolicyFault('Statement IDs (SID) in a single policy must be unique.');
  return { version, id: typeof fields['Id'] === 'string' ? fields['Id'] : undefined, statements };
}

const statementFields = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];

function parseStatement(value: unknown): Statement {
  const fields = objectOf(value, 'Policy statement must be a JSON object');
  for (const name of Object.keys(fields)) {
    if (!statementFields.includes(name)) throw new PolicyFault(`Unknown field ${name}`);
  }
  const effect = fields['Effect'];
  if (effect === undefined) throw new PolicyFault('Missing required field Effect');
  if (effect !== 'Allow' && effect !== 'Deny') throw new PolicyFault(`Invalid effect: ${String(effect)}`);
  return {
    sid: typeof fields['Sid'] === 'string' ? fields['Sid'] : undefined,
    effect,
    principals: parsePrincipals(fields),
    actions: inLowerCase(parsePatterns(fields, 'Action')),
    resources: parsePatterns(fields, 'Resource'),
    conditions: parseConditions(fields['Condition']),
  };
}

function parsePatterns(fields: Readonly<Record<string, unknown>>, name: 'Action' | 'Resource'): Patterns {
  const [plain, negated] = [fields[name], fields[`Not${name}`]];
  if (plain === undefined && negated === undefined) throw new PolicyFault(`Missing required field ${name}`);
  if (plain !== undefined && negated !== undefined) {
    throw new PolicyFault(`Statement/policy cannot contain both ${name} and Not${name}`);
  }
  const patterns = textsOf(plain ?? negated, name);
  if (patterns.length === 0) throw new PolicyFault(`Missing required field ${name} cannot be empty!`);
  return { isNegated: plain === undefined, patterns };
}

const inLowerCase = ({ isNegated, patterns }: Patterns): Patterns => ({
  isNegated,
  patterns: patterns.map((pattern) => pattern.toLowerCase()),
});

function parsePrincipals(fields: Readonly<Record<string, unknown>>): Principals | undefined {
  const [plain, negated] = [fields['Principal'], fields['NotPrincipal']];
  if (plain !== undefined && negated !== undefined) throw new PolicyFault('Invalid principal in policy');
  const value = plain ?? negated;
  if (value === undefined) return undefined;
  const isNegated = plain === undefined;
  if (value === '*') return { isNegated, all: true, byKind: {} };
  const byKind: Partial<Record<PrincipalKind, readonly string[]>> = {};
  for (const [kind, listed] of Object.entries(objectOf(value, 'Invalid principal in policy'))) {
    if (kind !== 'AWS' && kind !== 'CanonicalUser' && kind !== 'Service' && kind !== 'Federated') {
      throw new PolicyFault('Invalid principal in policy');
    }
    byKind[kind] = textsOf(listed, 'Principal');
  }
  if (Object.keys(byKind).length === 0) throw new PolicyFault('Invalid principal in policy');
  return { isNegated, all: false, byKind };
}

function objectOf(value: unknown, complaint: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PolicyFault(complaint);
  return value as Record<string, unknown>;
}

function textsOf(value: unknown, name: string): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map((entry) => {
    if (typeof entry !== 'string') throw new PolicyFault(`Field ${name} must be a string or a list of strings`);
    return entry;
  });
}

/** A deny wins over any allow. */
export function evaluatePolicy(policy: Policy, request: PolicyRequest): Verdict {
  let verdict: Verdict = 'none';
  for (const statement of policy.statements) {
    if (!appliesTo(statement, request)) continue;
    if (statement.effect === 'Deny') return 'deny';
    verdict = 'allow';
  }
  return verdict;
}

function appliesTo(statement: Statement, request: PolicyRequest): boolean {
  const { principals, actions, resources, conditions } = statement;
  return (
    (principals === undefined || matchesPrincipals(principals, request)) &&
    matchesAny(actions, request.action.toLowerCase(), request.context) &&
    matchesAny(resources, request.resource, request.context) &&
    conditionsHold(conditions, request.context)
  );
}

function matchesAny({ isNegated, patterns }: Patterns, text: string, context: ConditionValues): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, text, context)) !== isNegated;
}

function matchesPrincipals({ isNegated, all, byKind }: Principals, request: PolicyRequest): boolean {
  return (all || Object.entries(byKind).some(([kind, names]) => isNamed(kind, names, request))) !== isNegated;
}

function isNamed(kind: string, names: readonly string[], { principal, canonicalUserId }: PolicyRequest): boolean {
  switch (kind) {
    case 'AWS':
      return names.some((name) => name === '*' || (isIdentity(principal) && isAwsPrincipal(name, principal)));
    case 'CanonicalUser':
      return isIdentity(principal) && canonicalUserId !== undefined && names.includes(canonicalUserId);
    case 'Service':
      return principal.kind === 'service' && names.some((name) => name === '*' || name === principal.arn);
    default:
      return principal.kind === 'federated-user' && names.includes(principal.arn);
  }
}

const isIdentity = ({ kind }: Principal): boolean => kind !== 'anonymous' && kind !== 'service' && kind !== 'guest';

/** An account stands for all in it; a role also for its sessions. */
function isAwsPrincipal(name: string, { arn, account, userId }: Principal): boolean {
  if (name === account || name === arn || name === userId) return true;
  if (/^arn:[^:]*:iam::(\d{12}):root$/.exec(name)?.[1] === account) return true;
  const session = /^arn:([^:]*):sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/.exec(arn);
  if (!session) return false;
  const role = new RegExp(`^arn:${session[1]}:iam::${session[2]}:role/(?:.*/)?([^/]+)$`).exec(name)?.[1];
  return role === session[3];
}

/** Whether everybody may do something by this statement, as S3 and others judge policies to be public. */
export function isForEverybody({ principals }: Statement): boolean {
  if (!principals) return false;
  return principals.isNegated || principals.all || (principals.byKind.AWS?.includes('*') ?? false);
}
