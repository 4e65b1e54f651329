// Puts records through a query: what FROM makes of each, WHERE, the list, LIMIT.

import { type Accumulator, createAccumulator, usesAggregates } from './aggregates.ts';
import { compile, type Evaluator, type Scope, truth } from './evaluate.ts';
import type { NamedValue, Output } from './output.ts';
import { type SelectRecord, stepThrough } from './records.ts';
import { unsupportedStructure } from './select.errors.ts';
import type { Expression, Query, SelectedItem, SourceStep } from './syntax.ts';

export interface QueryRun {
  /** What is to be written for a record; undefined when there is no need for more records. */
  push(record: SelectRecord): string | undefined;
  /** Of aggregates. */
  end(): string;
}

export function startQuery(query: Query, output: Output, nowMs: number): QueryRun {
  const alias = query.alias?.toLowerCase() ?? 's3object';
  const scope: Scope = { alias, nowMs, hasRecords: true };
  const where = query.where && compile(query.where, scope);
  const isWanted = (record: SelectRecord) => !where || truth(where(record)) === true;
  const expand = expansion(query.source);
  const run = query.items?.some(({ expression }) => usesAggregates(expression))
    ? aggregateRun(query.items, scope, output)
    : recordRun(query.items, scope, output);
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  const isAggregate = run.result !== undefined;
  return {
    push(record) {
      if (!isAggregate && left <= 0) return undefined;
      let text = '';
      for (const part of expand(record)) {
        if (!isWanted(part)) continue;
        if (isAggregate) run.take(part);
        else {
          text += run.take(part);
          left -= 1;
          if (left <= 0) break;
        }
      }
      return text;
    },
    end: () => (isAggregate && left > 0 ? (run.result?.() ?? '') : ''),
  };
}

interface Run {
  take(record: SelectRecord): string;
  readonly result?: () => string;
}

function recordRun(items: readonly SelectedItem[] | undefined, scope: Scope, output: Output): Run {
  if (!items) return { take: output.whole };
  const evaluate = compileItems(items, (expression) => compile(expression, scope));
  return { take: (record) => output.row(evaluate(record)) };
}

function aggregateRun(items: readonly SelectedItem[], scope: Scope, output: Output): Run {
  const accumulators: Accumulator[] = [];
  const outer: Scope = {
    ...scope,
    hasRecords: false,
    aggregate(expression) {
      const accumulator = createAccumulator(expression, scope);
      accumulators.push(accumulator);
      return () => accumulator.result();
    },
  };
  const evaluate = compileItems(items, (expression) => compile(expression, outer));
  return {
    take(record) {
      for (const accumulator of accumulators) accumulator.add(record);
      return '';
    },
    result: () => output.row(evaluate({ json: undefined })),
  };
}

function compileItems(
  items: readonly SelectedItem[],
  compileItem: (expression: Expression) => Evaluator,
): (record: SelectRecord) => readonly NamedValue[] {
  const columns = items.map(({ expression, alias }, at) => ({
    name: alias ?? nameOf(expression) ?? `_${at + 1}`,
    evaluate: compileItem(expression),
  }));
  return (record) => columns.map(({ name, evaluate }) => ({ name, value: evaluate(record) }));
}

function nameOf(expression: Expression): string | undefined {
  const last = expression.kind === 'path' ? expression.steps.at(-1) : undefined;
  return last?.kind === 'name' ? last.name : undefined;
}

function expansion(source: readonly SourceStep[]): (record: SelectRecord) => Iterable<SelectRecord> {
  if (source.length === 0) return (record) => [record];
  return (record) => {
    if ('columns' in record) throw unsupportedStructure();
    return membersOf(record.json, source);
  };
}

/** What is not there is one record that is missing. */
function* membersOf(json: unknown, source: readonly SourceStep[]): Generator<SelectRecord> {
  const [step, ...rest] = source;
  if (!step) yield { json };
  else if (step.kind !== 'all') yield* membersOf(stepThrough(json, [step]), rest);
  else if (Array.isArray(json)) for (const member of json) yield* membersOf(member, rest);
  else yield* membersOf(json, rest);
}
