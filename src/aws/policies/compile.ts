// Policies as they are asked: every pattern and condition is prepared when a document is first seen, and nothing is parsed
// for a request. For each action a policy remembers which of its statements are about it.

import { type ConditionTest, compileConditions, keysOfCondition } from './conditions.ts';
import { type ConditionValues, compilePattern, type TextTest, variablesOf } from './patterns.ts';
import { type Patterns, type Policy, parseAnyPolicy, type Statement } from './policy-document.ts';
import { compilePrincipals, type PrincipalTest } from './principals.ts';

export interface CompiledPolicy {
  readonly policy: Policy;
  readonly statements: readonly CompiledStatement[];
  /** Those whose Action element covers an action, given in lower case. */
  statementsFor(action: string): StatementsByEffect;
}

export interface StatementsByEffect {
  readonly denies: readonly CompiledStatement[];
  readonly allows: readonly CompiledStatement[];
}

export interface CompiledStatement {
  readonly statement: Statement;
  /** Its place in the document, from 0. */
  readonly index: number;
  /** Absent where whoever has the policy is meant. */
  readonly matchPrincipal: PrincipalTest | undefined;
  readonly coversAction: (action: string) => boolean;
  readonly coversResource: TextTest;
  readonly conditionsHold: ConditionTest;
  /** Condition keys that the statement asks for, in its variables also, as they are written. */
  readonly keys: readonly string[];
}

const compiled = new Map<string, CompiledPolicy>();
const mostCompiled = 2000;

/** Remembers what it compiled, by text. Throws a PolicyFault for what is no policy. */
export function compilePolicy(text: string): CompiledPolicy {
  const known = compiled.get(text);
  if (known) return known;
  const policy = compileParsed(parseAnyPolicy(text));
  if (compiled.size >= mostCompiled) forgetOldest(compiled);
  compiled.set(text, policy);
  return policy;
}

const mostActions = 1000;

export function compileParsed(policy: Policy): CompiledPolicy {
  const hasVariables = policy.version === '2012-10-17';
  const statements = policy.statements.map((statement, index) => compileStatement(statement, index, hasVariables));
  const byAction = new Map<string, StatementsByEffect>();
  return {
    policy,
    statements,
    statementsFor(action) {
      let found = byAction.get(action);
      if (!found) {
        if (byAction.size >= mostActions) forgetOldest(byAction);
        const about = statements.filter(({ coversAction }) => coversAction(action));
        found = about.length === 0 ? noStatements : byEffect(about);
        byAction.set(action, found);
      }
      return found;
    },
  };
}

const noStatements: StatementsByEffect = { denies: [], allows: [] };

const byEffect = (statements: readonly CompiledStatement[]): StatementsByEffect => ({
  denies: statements.filter(({ statement }) => statement.effect === 'Deny'),
  allows: statements.filter(({ statement }) => statement.effect === 'Allow'),
});

/** Maps keep the order in which their entries were made. */
function forgetOldest(entries: Map<string, unknown>): void {
  for (const key of entries.keys()) {
    entries.delete(key);
    return;
  }
}

function compileStatement(statement: Statement, index: number, hasVariables: boolean): CompiledStatement {
  const { principals, actions, resources, conditions, effect } = statement;
  const coversAction = compileActions(actions);
  return {
    statement,
    index,
    matchPrincipal: principals && compilePrincipals(principals, effect),
    coversAction,
    coversResource: resources ? compileResources(resources, hasVariables) : () => true,
    conditionsHold: compileConditions(conditions, hasVariables),
    keys: [
      ...(hasVariables && resources ? resources.patterns.flatMap(variablesOf) : []),
      ...conditions.flatMap((condition) => keysOfCondition(condition, hasVariables)),
    ],
  };
}

const noValues: ConditionValues = new Map();

/** Actions hold no variables. */
function compileActions({ isNegated, patterns }: Patterns): (action: string) => boolean {
  const plain = new Set(patterns.filter((pattern) => !/[*?]/.test(pattern)));
  const tests = patterns
    .filter((pattern) => !plain.has(pattern))
    .map((pattern) => compilePattern(pattern, { hasWildcards: true, hasVariables: false }));
  return (action) => (plain.has(action) || tests.some((test) => test(action, noValues))) !== isNegated;
}

function compileResources({ isNegated, patterns }: Patterns, hasVariables: boolean): TextTest {
  const tests = patterns.map((pattern) => compilePattern(completeArn(pattern), { hasWildcards: true, hasVariables }));
  const [only] = tests;
  if (tests.length === 1 && only && !isNegated) return only;
  return (resource, context) => tests.some((test) => test(resource, context)) !== isNegated;
}

/** `arn:aws:sqs` is short for `arn:aws:sqs:*:*:*`. */
function completeArn(pattern: string): string {
  if (!pattern.startsWith('arn:')) return pattern;
  const missing = 6 - pattern.replace(/\$\{[^}]*\}/g, '').split(':').length;
  return missing > 0 ? pattern + ':*'.repeat(missing) : pattern;
}
