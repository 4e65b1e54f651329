// Aggregates over all records: each keeps one value, however many records there are.

import { compile, type Evaluator, requireNumber, type Scope } from './evaluate.ts';
import type { SelectRecord } from './records.ts';
import type { Expression } from './syntax.ts';
import { compute, isAbsent, order, type Value } from './values.ts';

export interface Accumulator {
  add(record: SelectRecord): void;
  result(): Value;
}

export function createAccumulator(
  { name, arg }: Expression & { readonly kind: 'aggregate' },
  scope: Scope,
): Accumulator {
  const evaluate: Evaluator = arg ? compile(arg, scope) : () => true;
  let count = 0n;
  let kept: Value = null;
  return {
    add(record) {
      const value = evaluate(record);
      if (isAbsent(value)) return;
      count += 1n;
      if (name === 'SUM' || name === 'AVG') kept = count === 1n ? requireNumber(value) : compute('+', kept, value);
      else if (name === 'MIN' || name === 'MAX') kept = count === 1n ? value : better(name, kept, value);
    },
    result: () => (name === 'COUNT' ? count : name === 'AVG' ? average(kept, count) : kept),
  };
}

function better(name: 'MIN' | 'MAX', kept: Value, value: Value): Value {
  const difference = order(value, kept) ?? 0;
  return (name === 'MIN' ? difference < 0 : difference > 0) ? value : kept;
}

/** A whole number when it is one. */
function average(sum: Value, count: bigint): Value {
  if (isAbsent(sum)) return null;
  if (typeof sum === 'bigint' && sum % count === 0n) return sum / count;
  return Number(sum) / Number(count);
}

export function usesAggregates(expression: Expression): boolean {
  if (expression.kind === 'aggregate') return true;
  return childrenOf(expression).some(usesAggregates);
}

function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'in':
      return [expression.arg, ...expression.list];
    case 'between':
      return [expression.arg, expression.low, expression.high];
    case 'like':
      return [expression.arg, expression.pattern, ...(expression.escape ? [expression.escape] : [])];
    case 'case': {
      const parts = expression.branches.flatMap(({ when, result }) => [when, result]);
      return expression.otherwise ? [...parts, expression.otherwise] : parts;
    }
    case 'negate':
    case 'not':
    case 'is':
    case 'cast':
      return [expression.arg];
    default:
      return 'args' in expression ? expression.args : [];
  }
}
