// Which condition keys policies ask for: what a simulation of them needs to be told.

import type { CompiledPolicy, CompiledStatement } from './compile.ts';
import type { ConditionValues } from './patterns.ts';

/** Each once, however its case differs, as it is first written; `aws:PrincipalTag/team` as well as `aws:CurrentTime`. */
export function contextKeysOf(policies: readonly CompiledPolicy[]): readonly string[] {
  return keysOf(policies.flatMap(({ statements }) => statements));
}

/** Those that statements about an action ask for, and the request does not tell. */
export function missingContextKeys(
  policies: readonly CompiledPolicy[],
  action: string,
  context: ConditionValues,
): readonly string[] {
  const about = policies.map((policy) => policy.statementsFor(action.toLowerCase()));
  const keys = keysOf(about.flatMap(({ denies, allows }) => [...denies, ...allows]));
  return keys.filter((key) => (context.get(key.toLowerCase()) ?? []).length === 0);
}

function keysOf(statements: readonly CompiledStatement[]): readonly string[] {
  const written = new Map<string, string>();
  for (const { keys } of statements) {
    for (const key of keys) if (!written.has(key.toLowerCase())) written.set(key.toLowerCase(), key);
  }
  return [...written.values()];
}
