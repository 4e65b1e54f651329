// Parses `SELECT … FROM S3Object … WHERE … LIMIT …`.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-select.html

import { type Cursor, openCursor } from './cursor.ts';
import { parseExpression, parseStep } from './parse-expression.ts';
import { expressionTooLong } from './select.errors.ts';
import type { Expression, Query, SelectedItem, SourceStep } from './syntax.ts';

const longestExpressionBytes = 256 * 1024;

export function parseQuery(text: string): Query {
  if (Buffer.byteLength(text) > longestExpressionBytes) throw expressionTooLong();
  const cursor = openCursor(text);
  cursor.require('SELECT');
  if (cursor.isNext('DISTINCT')) throw unsupported(cursor);
  const items = parseItems(cursor);
  cursor.require('FROM', 'ParseSelectMissingFrom');
  const { source, alias } = parseSource(cursor);
  const where = cursor.accept('WHERE') ? parseExpression(cursor) : undefined;
  for (const word of ['GROUP', 'ORDER', 'HAVING', 'UNION']) if (cursor.isNext(word)) throw unsupported(cursor);
  const limit = cursor.accept('LIMIT') ? parseLimit(cursor) : undefined;
  if (cursor.peek().kind !== 'end') throw cursor.unexpected();
  return { items, source, alias, where, limit };
}

function unsupported(cursor: Cursor) {
  const { text } = cursor.peek();
  return cursor.fail('ParseUnsupportedSyntax', `The SQL expression contains unsupported syntax ${text}`);
}

function parseItems(cursor: Cursor): readonly SelectedItem[] | undefined {
  if (cursor.isNext('FROM')) {
    throw cursor.fail('ParseEmptySelect', 'The SQL expression contains an empty SELECT clause');
  }
  if (cursor.accept('*')) {
    if (cursor.isNext(',')) throw asteriskNotAlone(cursor);
    return undefined;
  }
  const items = [parseItem(cursor)];
  while (cursor.accept(',')) {
    if (cursor.isNext('*')) throw asteriskNotAlone(cursor);
    items.push(parseItem(cursor));
  }
  return items;
}

const asteriskNotAlone = (cursor: Cursor) =>
  cursor.fail(
    'ParseAsteriskIsNotAloneInSelectList',
    'Other expressions are not allowed in the SELECT list when * is used without dot notation in the SQL expression',
  );

function parseItem(cursor: Cursor): SelectedItem {
  const expression: Expression = parseExpression(cursor);
  const alias = parseAlias(cursor);
  return alias === undefined ? { expression } : { expression, alias };
}

function parseAlias(cursor: Cursor): string | undefined {
  const isNamed = cursor.accept('AS');
  const { kind } = cursor.peek();
  if (kind === 'identifier' || kind === 'quoted') return cursor.take().text;
  if (isNamed) throw cursor.fail('ParseExpectedIdentForAlias', 'Expected identifier for alias');
  return undefined;
}

function parseSource(cursor: Cursor): { readonly source: readonly SourceStep[]; readonly alias: string | undefined } {
  const table = cursor.take();
  if (table.kind !== 'identifier' || table.text.toUpperCase() !== 'S3OBJECT') {
    throw cursor.fail('InvalidDataSource', 'The data source in the SQL expression must be S3Object', table);
  }
  const source: SourceStep[] = [];
  // `S3Object[*]` is all records, as `S3Object` is.
  if (isWildcard(cursor)) takeWildcard(cursor);
  while (cursor.isNext('.') || cursor.isNext('[')) {
    if (isWildcard(cursor)) source.push(takeWildcard(cursor));
    else source.push(parseStep(cursor));
  }
  const alias = parseAlias(cursor);
  if (cursor.isNext(',') || cursor.isNext('JOIN')) {
    throw cursor.fail('ParseMalformedJoin', 'JOIN is not supported in the SQL expression');
  }
  const last = source.at(-1);
  return { source, alias: alias ?? (last?.kind === 'name' ? last.name : undefined) };
}

const isWildcard = (cursor: Cursor): boolean => cursor.isNext('[') && cursor.peek(1).text === '*';

function takeWildcard(cursor: Cursor): SourceStep {
  cursor.take();
  cursor.take();
  cursor.require(']', 'ParseExpectedTokenType');
  return { kind: 'all' };
}

function parseLimit(cursor: Cursor): number {
  if (cursor.isNext('-')) throw cursor.fail('EvaluatorNegativeLimit', 'LIMIT must not be negative');
  const { kind, text } = cursor.take();
  if (kind !== 'number' || !/^\d+$/.test(text)) {
    throw cursor.fail('ParseExpectedNumber', 'Expected a number after LIMIT');
  }
  return Number(text);
}
