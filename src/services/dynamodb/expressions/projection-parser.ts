// Parses projection expressions: document paths with commas between them.

import { type Findings, type PathSyntax, parsePath, throwReserved } from './syntax.ts';
import { openExpression } from './tokens.ts';

export function parseProjection(text: string): readonly PathSyntax[] {
  const cursor = openExpression('ProjectionExpression', text);
  const findings: Findings = {};
  const paths = [parsePath(cursor, findings)];
  while (cursor.takeSymbol(',')) paths.push(parsePath(cursor, findings));
  cursor.requireEnd();
  throwReserved(cursor, findings);
  return paths;
}
