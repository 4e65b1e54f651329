// Parses conditions (condition, filter and key condition expressions) by precedence: OR < AND < NOT < comparisons.

import {
  type Findings,
  type FunctionSyntax,
  type OperandSyntax,
  parseArguments,
  parsePath,
  throwReserved,
} from './syntax.ts';
import { type Cursor, type ExpressionKind, openExpression } from './tokens.ts';

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type ConditionSyntax =
  | { readonly kind: 'compare'; readonly operator: Comparator; readonly args: readonly OperandSyntax[] }
  | { readonly kind: 'between'; readonly args: readonly OperandSyntax[] }
  | { readonly kind: 'in'; readonly args: readonly OperandSyntax[] }
  | FunctionSyntax
  | { readonly kind: 'and' | 'or'; readonly args: readonly ConditionSyntax[] }
  | { readonly kind: 'not'; readonly args: readonly ConditionSyntax[] };

const comparators = new Set<string>(['=', '<>', '<', '<=', '>', '>=']);
/** Conditions by themselves; `size` is an operand. */
const predicates = new Set(['attribute_exists', 'attribute_not_exists', 'attribute_type', 'begins_with', 'contains']);
/** Known, but of updates alone. */
const updateFunctions = new Set(['if_not_exists', 'list_append']);
const mostOperators = 300;
/** As deep as so many operators can stand inside of each other, and far from the end of the stack. */
const deepestParens = 512;

interface Parsing {
  readonly cursor: Cursor;
  readonly findings: Findings;
  operators: number;
  depth: number;
}

/** What a pair of parentheses or a term turned out to be. */
type Term =
  | { readonly condition: ConditionSyntax; readonly inParens?: boolean }
  | { readonly operand: OperandSyntax; readonly inParens?: boolean };

export function parseCondition(expression: ExpressionKind, text: string): ConditionSyntax {
  const cursor = openExpression(expression, text);
  const parsing: Parsing = { cursor, findings: {}, operators: 0, depth: 0 };
  const condition = requireCondition(parsing, parseOr(parsing));
  cursor.requireEnd();
  throwFindings(parsing);
  return condition;
}

const expressionNames: Readonly<Partial<Record<ExpressionKind, string>>> = {
  ConditionExpression: 'condition',
  FilterExpression: 'filter',
  KeyConditionExpression: 'key condition',
};

function throwFindings({ cursor, findings, operators }: Parsing): void {
  if (findings.parens) throw cursor.fail('The expression has redundant parentheses;');
  if (findings.unknownFunction !== undefined)
    throw cursor.fail(
      updateFunctions.has(findings.unknownFunction)
        ? `The function is not allowed in a ${expressionNames[cursor.expression]} expression; function: ${findings.unknownFunction}`
        : `Invalid function name; function: ${findings.unknownFunction}`,
    );
  if (findings.misusedFunction !== undefined)
    throw cursor.fail(
      `The function is not allowed to be used this way in an expression; function: ${findings.misusedFunction}`,
    );
  throwReserved(cursor, findings);
  if (operators > mostOperators)
    throw cursor.fail(`The expression contains too many operators; operator count: ${operators}`);
}

function parseOr(parsing: Parsing): Term {
  return parseChain(parsing, 'OR', parseAnd);
}

function parseAnd(parsing: Parsing): Term {
  return parseChain(parsing, 'AND', parseNot);
}

function parseChain(parsing: Parsing, word: 'AND' | 'OR', parsePart: (parsing: Parsing) => Term): Term {
  const first = parsePart(parsing);
  if (!parsing.cursor.isWord(word)) return first;
  let condition = requireCondition(parsing, first);
  while (parsing.cursor.takeWord(word)) {
    parsing.operators += 1;
    const next = requireCondition(parsing, parsePart(parsing));
    condition = { kind: word === 'AND' ? 'and' : 'or', args: [condition, next] };
  }
  return { condition };
}

function parseNot(parsing: Parsing): Term {
  if (!parsing.cursor.isWord('NOT')) return parseComparison(parsing);
  parsing.cursor.take();
  parsing.operators += 1;
  deepen(parsing);
  const condition: ConditionSyntax = { kind: 'not', args: [requireCondition(parsing, parseNot(parsing))] };
  parsing.depth -= 1;
  return { condition };
}

function parseComparison(parsing: Parsing): Term {
  const { cursor } = parsing;
  const term = parseTerm(parsing);
  const next = cursor.peek();
  const isComparator = next.kind === 'symbol' && comparators.has(next.text);
  if (!isComparator && !cursor.isWord('BETWEEN') && !cursor.isWord('IN')) return term;
  const left = requireOperand(parsing, term);
  parsing.operators += 1;
  cursor.take();
  if (isComparator) {
    const args = [left, operand(parsing)];
    return { condition: { kind: 'compare', operator: next.text as Comparator, args } };
  }
  if (next.text.toUpperCase() === 'BETWEEN') {
    const low = operand(parsing);
    if (!cursor.takeWord('AND')) throw cursor.syntaxError();
    return { condition: { kind: 'between', args: [left, low, operand(parsing)] } };
  }
  return { condition: { kind: 'in', args: [left, ...parseArguments(cursor, () => operand(parsing))] } };
}

function operand(parsing: Parsing): OperandSyntax {
  return requireOperand(parsing, parseTerm(parsing));
}

function parseTerm(parsing: Parsing): Term {
  const { cursor, findings } = parsing;
  const { kind, text } = cursor.peek();
  if (cursor.takeSymbol('(')) {
    deepen(parsing);
    const inner = parseOr(parsing);
    parsing.depth -= 1;
    if (inner.inParens) findings.parens = true;
    cursor.requireSymbol(')');
    return { ...inner, inParens: true };
  }
  if (kind === 'valueRef') return { operand: { kind: 'value', placeholder: cursor.take().text } };
  const second = cursor.peekSecond();
  if (kind === 'name' && second.kind === 'symbol' && second.text === '(') return parseFunction(parsing, text);
  return { operand: parsePath(cursor, findings) };
}

function parseFunction(parsing: Parsing, name: string): Term {
  const { cursor, findings } = parsing;
  cursor.take();
  deepen(parsing);
  const args = parseArguments(cursor, () => operand(parsing));
  parsing.depth -= 1;
  const call: FunctionSyntax = { kind: 'function', name, args };
  if (name === 'size') return { operand: call };
  if (!predicates.has(name)) findings.unknownFunction ??= name;
  return { condition: call };
}

function deepen(parsing: Parsing): void {
  parsing.depth += 1;
  if (parsing.depth > deepestParens) throw parsing.cursor.fail('The expression is nested too deeply;');
}

function requireCondition(parsing: Parsing, term: Term): ConditionSyntax {
  if ('condition' in term) return term.condition;
  if (term.operand.kind !== 'function') throw parsing.cursor.syntaxError();
  parsing.findings.misusedFunction ??= term.operand.name;
  return term.operand;
}

/** A predicate where a value should be is told by name; another condition there does not parse. */
function requireOperand(parsing: Parsing, term: Term): OperandSyntax {
  if ('operand' in term) return term.operand;
  if (term.condition.kind !== 'function') throw parsing.cursor.syntaxError();
  if (predicates.has(term.condition.name)) parsing.findings.misusedFunction ??= term.condition.name;
  return term.condition;
}
