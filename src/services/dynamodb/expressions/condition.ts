// Conditions with their names and values filled in, ready to be asked of items; and what is wrong with them once the
// values are known, in DynamoDB's order and words.

import { compareValues, describeValue, type TypeName, typeOf, type Value } from '../attribute-value.ts';
import { invalidExpression } from '../dynamodb.errors.ts';
import { type Comparator, type ConditionSyntax, parseCondition } from './condition-parser.ts';
import { memoizeByText } from './parsed-cache.ts';
import { bindPath, formatPath, type Path } from './paths.ts';
import type { Placeholders } from './placeholders.ts';
import type { OperandSyntax } from './syntax.ts';
import type { ExpressionKind } from './tokens.ts';

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'size'; readonly of: Operand };

export type Predicate = 'attribute_exists' | 'attribute_not_exists' | 'attribute_type' | 'begins_with' | 'contains';

export type Condition =
  | { readonly kind: 'compare'; readonly operator: Comparator; readonly args: readonly [Operand, Operand] }
  | { readonly kind: 'between'; readonly args: readonly [Operand, Operand, Operand] }
  | { readonly kind: 'in'; readonly args: readonly Operand[] }
  | { readonly kind: 'predicate'; readonly name: Predicate; readonly args: readonly Operand[] }
  | { readonly kind: 'and' | 'or'; readonly args: readonly Condition[] }
  | { readonly kind: 'not'; readonly args: readonly [Condition] };

const parsers: Readonly<Record<string, (text: string) => ConditionSyntax>> = {
  ConditionExpression: memoizeByText((text) => parseCondition('ConditionExpression', text)),
  FilterExpression: memoizeByText((text) => parseCondition('FilterExpression', text)),
  KeyConditionExpression: memoizeByText((text) => parseCondition('KeyConditionExpression', text)),
};

export function bindCondition(expression: ExpressionKind, text: string, placeholders: Placeholders): Condition {
  const parse = parsers[expression] as (text: string) => ConditionSyntax;
  return bind(expression, parse(text), placeholders);
}

function bind(expression: ExpressionKind, syntax: ConditionSyntax, placeholders: Placeholders): Condition {
  switch (syntax.kind) {
    case 'and':
    case 'or':
      return { kind: syntax.kind, args: syntax.args.map((part) => bind(expression, part, placeholders)) };
    case 'not':
      return { kind: 'not', args: [bind(expression, syntax.args[0] as ConditionSyntax, placeholders)] };
    default: {
      // Names and values first, then how many operands, and only then what they are.
      const args = syntax.args.map((arg) => bindOperand(expression, arg, placeholders));
      const reason = checkOperands(syntax, args);
      if (reason !== undefined) throw invalidExpression(expression, reason);
      if (syntax.kind === 'function') return { kind: 'predicate', name: syntax.name as Predicate, args };
      return { ...syntax, args } as Condition;
    }
  }
}

function bindOperand(expression: ExpressionKind, syntax: OperandSyntax, placeholders: Placeholders): Operand {
  switch (syntax.kind) {
    case 'path':
      return { kind: 'path', path: bindPath(expression, syntax, placeholders) };
    case 'value':
      return { kind: 'value', value: placeholders.value(expression, syntax.placeholder) };
    case 'function': {
      const args = syntax.args.map((arg) => bindOperand(expression, arg, placeholders));
      const reason = args.length === 1 ? checkSize(args[0] as Operand) : operandCount(syntax.name, args.length);
      if (reason !== undefined) throw invalidExpression(expression, reason);
      return { kind: 'size', of: args[0] as Operand };
    }
    case 'arithmetic':
      throw new Error('conditions know no arithmetic');
  }
}

const arity: Readonly<Record<Predicate, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
};

const orderedTypes = new Set<TypeName>(['S', 'N', 'B']);
const typeNames = new Set(['S', 'N', 'B', 'NULL', 'SS', 'BOOL', 'L', 'BS', 'NS', 'M']);

function checkOperands(syntax: ConditionSyntax, args: readonly Operand[]): string | undefined {
  switch (syntax.kind) {
    case 'compare':
      return checkComparison(syntax.operator, args);
    case 'between':
      return checkOrdered('BETWEEN', args) ?? checkBounds(args);
    case 'in':
      return undefined;
    case 'function':
      return checkPredicate(syntax.name as Predicate, args);
    default:
      return undefined;
  }
}

function checkComparison(operator: Comparator, args: readonly Operand[]): string | undefined {
  return (
    checkDistinct(operator, args) ?? (operator === '=' || operator === '<>' ? undefined : checkOrdered(operator, args))
  );
}

/** Also what a statement says of them. */
export function checkOrdered(operator: string, args: readonly Operand[]): string | undefined {
  const wrong = args.find((arg) => arg.kind === 'value' && !orderedTypes.has(typeOf(arg.value)));
  return wrong && operandType(operator, typeOfOperand(wrong) as TypeName);
}

function checkBounds([, low, high]: readonly Operand[]): string | undefined {
  if (low?.kind !== 'value' || high?.kind !== 'value') return undefined;
  const shown = `lower bound operand: AttributeValue: ${describeValue(low.value)}, upper bound operand: AttributeValue: ${describeValue(high.value)}`;
  const order = compareValues(low.value, high.value);
  if (order === undefined) return `The BETWEEN operator requires same data type for lower and upper bounds; ${shown}`;
  return order > 0
    ? `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${shown}`
    : undefined;
}

/** Also what a statement says of them. */
export function checkPredicate(name: Predicate, args: readonly Operand[]): string | undefined {
  if (args.length !== arity[name]) return operandCount(name, args.length);
  const distinct = checkDistinct(name, args);
  if (distinct !== undefined) return distinct;
  switch (name) {
    case 'attribute_exists':
    case 'attribute_not_exists':
      return args[0]?.kind === 'path'
        ? undefined
        : `Operator or function requires a document path; operator or function: ${name}`;
    case 'begins_with': {
      const types = args.map(typeOfOperand);
      const wrong = types.find((type) => type !== undefined && type !== 'S' && type !== 'B');
      return wrong && operandType(name, wrong);
    }
    case 'attribute_type':
      return checkTypeName(args[1] as Operand);
    case 'contains':
      return undefined;
  }
}

function checkTypeName(operand: Operand): string | undefined {
  if (operand.kind !== 'value' || !('S' in operand.value))
    return operandType('attribute_type', typeOfOperand(operand) ?? '{NS,SS,L,BS,N,M,B,BOOL,NULL,S}');
  if (typeNames.has(operand.value.S)) return undefined;
  return `Invalid attribute type name found; type: ${operand.value.S}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`;
}

function checkSize(operand: Operand): string | undefined {
  const type = typeOfOperand(operand);
  return type === 'N' || type === 'BOOL' || type === 'NULL' ? operandType('size', type) : undefined;
}

function checkDistinct(operator: string, [left, right]: readonly Operand[]): string | undefined {
  if (left?.kind !== 'path' || right?.kind !== 'path') return undefined;
  if (left.path.length !== right.path.length || left.path.some((step, i) => step !== right.path[i])) return undefined;
  return `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${formatPath(left.path)}`;
}

function typeOfOperand(operand: Operand): TypeName | undefined {
  if (operand.kind === 'size') return 'N';
  return operand.kind === 'value' ? typeOf(operand.value) : undefined;
}

function operandCount(name: string, count: number): string {
  return `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${count}`;
}

function operandType(name: string, type: string): string {
  return `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`;
}

/** The first steps of all paths, and those of paths that go deeper. */
export function namesIn(condition: Condition): {
  readonly heads: ReadonlySet<string>;
  readonly nested: ReadonlySet<string>;
} {
  const heads = new Set<string>();
  const nested = new Set<string>();
  const visitOperand = (operand: Operand): void => {
    if (operand.kind === 'size') visitOperand(operand.of);
    else if (operand.kind === 'path') {
      heads.add(operand.path[0] as string);
      if (operand.path.length > 1) nested.add(operand.path[0] as string);
    }
  };
  const visit = (part: Condition): void => {
    if (part.kind === 'and' || part.kind === 'or' || part.kind === 'not') for (const inner of part.args) visit(inner);
    else for (const operand of part.args as readonly Operand[]) visitOperand(operand);
  };
  visit(condition);
  return { heads, nested };
}
