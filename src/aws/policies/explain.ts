// Why a decision came out as it did: every statement that is about the action, and what of it the request did not meet.
// Asked of what was denied only, because it looks at everything again.

import type { CompiledStatement } from './compile.ts';
import { compileCondition } from './conditions.ts';
import type { AccessQuestion, NamedPolicy, PolicyKind, PrincipalPolicies, ResourcePolicies } from './decision.ts';

export interface StatementReport {
  readonly kind: PolicyKind;
  /** The policy's ARN, or its name when it is an inline one. */
  readonly policy: string;
  readonly effect: 'Allow' | 'Deny';
  readonly sid: string | undefined;
  /** Its place in the document, from 1. */
  readonly place: number;
  readonly applies: boolean;
  /** Whether it lets the caller's account grant, and grants nothing itself. */
  readonly isForAccount: boolean;
  /** Empty where it applies. */
  readonly misses: readonly Miss[];
}

/** What a statement asks for, and the request has not. */
export type Miss =
  | { readonly what: 'principal' }
  | { readonly what: 'resource'; readonly wanted: readonly string[]; readonly isNegated: boolean }
  | {
      readonly what: 'condition';
      /** As it is written: `ForAnyValue:StringLikeIfExists`. */
      readonly operator: string;
      readonly key: string;
      readonly wanted: readonly string[];
      /** Undefined: the request has no such key. */
      readonly actual: readonly string[] | undefined;
    };

export interface PolicyReport {
  readonly kind: PolicyKind;
  readonly policy: string;
  /** Those about the action. */
  readonly statements: readonly StatementReport[];
}

/** Every policy that was asked, in the order in which they are asked. */
export function explain(
  question: AccessQuestion,
  policies: PrincipalPolicies,
  resource: ResourcePolicies = {},
): readonly PolicyReport[] {
  const asked: readonly (NamedPolicy | undefined)[] = [
    ...(resource.resourceControl ?? []).flat(),
    ...(policies.serviceControl ?? []).flat(),
    resource.policy,
    ...policies.identity,
    policies.boundary,
    ...(policies.session ?? []),
  ];
  return asked.flatMap((source) => (source ? [reportOf(question, source)] : []));
}

function reportOf(question: AccessQuestion, source: NamedPolicy): PolicyReport {
  const { denies, allows } = source.policy.statementsFor(question.action.toLowerCase());
  const statements = [...denies, ...allows].map((statement) => reportStatement(question, source, statement));
  return { kind: source.kind, policy: source.arn, statements };
}

function reportStatement(question: AccessQuestion, source: NamedPolicy, compiled: CompiledStatement): StatementReport {
  const { statement, index, matchPrincipal, coversResource } = compiled;
  const { context, resource } = question;
  const match = matchPrincipal?.(question);
  const isMeant = matchPrincipal ? match !== undefined : source.kind !== 'resource-based';
  const hasVariables = source.policy.policy.version === '2012-10-17';
  const misses: Miss[] = isMeant ? [] : [{ what: 'principal' }];
  if (!coversResource(resource, context)) {
    const { patterns = [], isNegated = false } = statement.resources ?? {};
    misses.push({ what: 'resource', wanted: patterns, isNegated });
  }
  for (const condition of statement.conditions) {
    if (compileCondition(condition, hasVariables)(context)) continue;
    const { operator, quantifier, ifExists, writtenKey: key, values: wanted } = condition;
    const name = `${quantifier ? `${quantifier}:` : ''}${operator}${ifExists ? 'IfExists' : ''}`;
    misses.push({ what: 'condition', operator: name, key, wanted, actual: context.get(condition.key) });
  }
  return {
    kind: source.kind,
    policy: source.arn,
    effect: statement.effect,
    sid: statement.sid,
    place: index + 1,
    applies: misses.length === 0,
    isForAccount: match === 'account',
    misses,
  };
}
