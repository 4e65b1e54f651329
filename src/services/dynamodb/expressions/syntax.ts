// What expressions are made of, as written: names and values are still placeholders, so that an expression's text is
// parsed once however often it comes with other values.

import { isReserved } from './reserved-words.ts';
import type { Cursor } from './tokens.ts';

export interface NameStep {
  readonly name: string;
}

/** A name, a `#placeholder`, or the position in a list. */
export type PathStep = NameStep | number;

export interface PathSyntax {
  readonly kind: 'path';
  readonly steps: readonly PathStep[];
}

export interface ValueSyntax {
  readonly kind: 'value';
  readonly placeholder: string;
}

export interface FunctionSyntax {
  readonly kind: 'function';
  readonly name: string;
  readonly args: readonly OperandSyntax[];
}

export interface ArithmeticSyntax {
  readonly kind: 'arithmetic';
  readonly operator: '+' | '-';
  readonly args: readonly OperandSyntax[];
}

export type OperandSyntax = PathSyntax | ValueSyntax | FunctionSyntax | ArithmeticSyntax;

/** Things that are wrong but may only be told when the whole expression was read: the first of each. */
export interface Findings {
  reserved?: string;
  unknownFunction?: string;
  misusedFunction?: string;
  parens?: boolean;
  farIndex?: string;
}

const deepestPath = 32;
const highestIndex = 2 ** 31 - 1;

export function parsePath(cursor: Cursor, findings: Findings): PathSyntax {
  const steps: PathStep[] = [parseName(cursor, findings)];
  for (;;) {
    if (cursor.takeSymbol('.')) steps.push(parseName(cursor, findings));
    else if (cursor.takeSymbol('[')) {
      if (cursor.peek().kind !== 'number') throw cursor.syntaxError();
      const { text } = cursor.take();
      if (Number(text) > highestIndex) findings.farIndex ??= text;
      steps.push(Number(text));
      cursor.requireSymbol(']');
    } else break;
  }
  if (steps.length > deepestPath)
    throw cursor.fail(`The document path has too many nesting elements; nesting levels: ${steps.length}`);
  return { kind: 'path', steps };
}

function parseName(cursor: Cursor, findings: Findings): NameStep {
  const { kind, text } = cursor.peek();
  if (kind !== 'name' && kind !== 'nameRef') throw cursor.syntaxError();
  if (kind === 'name' && isReserved(text)) findings.reserved ??= text;
  cursor.take();
  return { name: text };
}

export function parseArguments(cursor: Cursor, parseOperand: () => OperandSyntax): readonly OperandSyntax[] {
  cursor.requireSymbol('(');
  const args = [parseOperand()];
  while (cursor.takeSymbol(',')) args.push(parseOperand());
  cursor.requireSymbol(')');
  return args;
}

/** What names and positions can be wrong with. */
export function throwReserved(cursor: Pick<Cursor, 'fail'>, { reserved, farIndex }: Findings): void {
  if (farIndex !== undefined) throw cursor.fail(`List index is not within the allowable range; index: [${farIndex}]`);
  if (reserved !== undefined) throw cursor.fail(`Attribute name is a reserved keyword; reserved keyword: ${reserved}`);
}
