// Parses update expressions: sections of SET, REMOVE, ADD and DELETE, each at most once, in any order.

import {
  type Findings,
  type OperandSyntax,
  type PathSyntax,
  parseArguments,
  parsePath,
  throwReserved,
  type ValueSyntax,
} from './syntax.ts';
import { type Cursor, openExpression } from './tokens.ts';

export type UpdateActionSyntax =
  | { readonly kind: 'SET'; readonly path: PathSyntax; readonly value: OperandSyntax }
  | { readonly kind: 'REMOVE'; readonly path: PathSyntax }
  | { readonly kind: 'ADD' | 'DELETE'; readonly path: PathSyntax; readonly value: ValueSyntax };

const functions = new Set(['if_not_exists', 'list_append']);
const sectionNames = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;
const deepestCalls = 128;

interface Parsing {
  readonly cursor: Cursor;
  readonly findings: Findings;
  depth: number;
}

export function parseUpdate(text: string): readonly UpdateActionSyntax[] {
  const cursor = openExpression('UpdateExpression', text);
  const parsing: Parsing = { cursor, findings: {}, depth: 0 };
  const actions: UpdateActionSyntax[] = [];
  const seen = new Set<string>();
  let repeated: string | undefined;
  do {
    const section = sectionNames.find((name) => cursor.isWord(name));
    if (!section) throw cursor.syntaxError();
    cursor.take();
    if (seen.has(section)) repeated ??= section;
    seen.add(section);
    do actions.push(parseAction(parsing, section));
    while (cursor.takeSymbol(','));
  } while (cursor.peek().kind !== 'end');
  throwReserved(cursor, parsing.findings);
  const { unknownFunction, parens } = parsing.findings;
  if (parens) throw cursor.fail('The expression has redundant parentheses;');
  if (unknownFunction !== undefined) throw cursor.fail(unknownFunction);
  if (repeated !== undefined)
    throw cursor.fail(`The "${repeated}" section can only be used once in an update expression;`);
  return actions;
}

function parseAction(parsing: Parsing, kind: UpdateActionSyntax['kind']): UpdateActionSyntax {
  const { cursor, findings } = parsing;
  const path = parsePath(cursor, findings);
  if (kind === 'REMOVE') return { kind, path };
  if (kind === 'SET') {
    cursor.requireSymbol('=');
    return { kind, path, value: parseSetValue(parsing) };
  }
  if (cursor.peek().kind !== 'valueRef') throw cursor.syntaxError();
  return { kind, path, value: { kind: 'value', placeholder: cursor.take().text } };
}

/** One operand, or two with a sign between them. */
function parseSetValue(parsing: Parsing): OperandSyntax {
  return parseRest(parsing, parseOperand(parsing));
}

function parseRest(parsing: Parsing, left: OperandSyntax): OperandSyntax {
  const { cursor } = parsing;
  const operator = cursor.takeSymbol('+') ? '+' : cursor.takeSymbol('-') ? '-' : undefined;
  if (!operator) return left;
  return { kind: 'arithmetic', operator, args: [left, parseOperand(parsing)] };
}

function parseOperand(parsing: Parsing): OperandSyntax {
  const { cursor, findings } = parsing;
  const { kind, text } = cursor.peek();
  if (kind === 'valueRef') return { kind: 'value', placeholder: cursor.take().text };
  const isInParens = kind === 'symbol' && text === '(';
  const second = cursor.peekSecond();
  const isCall = kind === 'name' && second.kind === 'symbol' && second.text === '(';
  if (!isInParens && !isCall) return parsePath(cursor, findings);
  parsing.depth += 1;
  if (parsing.depth > deepestCalls) throw cursor.fail('The expression is nested too deeply;');
  cursor.take();
  const operand = isCall ? parseCall(parsing, text) : parseInParens(parsing);
  parsing.depth -= 1;
  return operand;
}

function parseInParens(parsing: Parsing): OperandSyntax {
  const { cursor, findings } = parsing;
  const isNested = cursor.peek().text === '(';
  const left = parseOperand(parsing);
  const inner = parseRest(parsing, left);
  if (isNested && inner === left) findings.parens = true;
  cursor.requireSymbol(')');
  return inner;
}

function parseCall(parsing: Parsing, name: string): OperandSyntax {
  const args = parseArguments(parsing.cursor, () => parseOperand(parsing));
  if (!functions.has(name)) {
    parsing.findings.unknownFunction ??= conditionFunctions.has(name)
      ? `The function is not allowed in an update expression; function: ${name}`
      : `Invalid function name; function: ${name}`;
  }
  return { kind: 'function', name, args };
}

const conditionFunctions = new Set([
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
  'size',
]);
