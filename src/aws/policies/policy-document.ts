// Policy documents in AWS's JSON, taken apart. What a document must look like beyond that (which actions, whose resources) is
// for the service that keeps it, or for IAM (`validate-policy.ts`).
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

import { type Condition, parseConditions } from './conditions.ts';
import { PolicyFault } from './policy-fault.ts';

export interface Policy {
  readonly version: PolicyVersion;
  readonly id: string | undefined;
  readonly statements: readonly Statement[];
}

/** Variables mean something in the newer only; the older is what a document without a version is. */
export type PolicyVersion = '2012-10-17' | '2008-10-17';

export interface Statement {
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  /** Absent in policies of identities, which are about whoever has them. */
  readonly principals: Principals | undefined;
  /** In lower case: actions are the same however they are written. */
  readonly actions: Patterns;
  /** Absent in trust policies, which are about the role that has them. */
  readonly resources: Patterns | undefined;
  readonly conditions: readonly Condition[];
}

/** As policies of resources must be. */
export type ResourceStatement = Statement & { readonly resources: Patterns };

export interface ResourcePolicy extends Policy {
  readonly statements: readonly ResourceStatement[];
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

/** A policy of a resource; a PolicyFault in S3's words for what is none. */
export function parsePolicy(text: string): ResourcePolicy {
  const policy = parseAnyPolicy(text);
  return { ...policy, statements: policy.statements.map(requireResources) };
}

function requireResources(statement: Statement): ResourceStatement {
  if (!statement.resources) throw new PolicyFault('Missing required field Resource');
  return { ...statement, resources: statement.resources };
}

/** A policy of any kind. */
export function parseAnyPolicy(text: string): Policy {
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
  // An empty one counts as none.
  const sids = statements.flatMap(({ sid }) => sid || []);
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
  const actions = parsePatterns(fields, 'Action');
  if (!actions) throw new PolicyFault('Missing required field Action');
  return {
    sid: typeof fields['Sid'] === 'string' ? fields['Sid'] : undefined,
    effect,
    principals: parsePrincipals(fields),
    actions: inLowerCase(actions),
    resources: parsePatterns(fields, 'Resource'),
    conditions: parseConditions(fields['Condition']),
  };
}

function parsePatterns(fields: Readonly<Record<string, unknown>>, name: 'Action' | 'Resource'): Patterns | undefined {
  const [plain, negated] = [fields[name], fields[`Not${name}`]];
  if (plain === undefined && negated === undefined) return undefined;
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
  // IAM takes lists with nulls in them, and passes these over.
  const list = Array.isArray(value) ? value.filter((entry) => entry !== null) : [value];
  return list.map((entry) => {
    if (typeof entry !== 'string') throw new PolicyFault(`Field ${name} must be a string or a list of strings`);
    return entry;
  });
}
