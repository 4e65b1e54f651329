// The functions of expressions.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-sql-functions.html

import { invalidArguments, likeInvalidInputs } from './select.errors.ts';
import {
  addToTimestamp,
  differenceOf,
  extractPart,
  formatByPattern,
  isTimestamp,
  parseTimestamp,
  type SqlTimestamp,
} from './timestamps.ts';
import { compare, isAbsent, toNumber, toText, type Value } from './values.ts';

export type SqlFunction = (args: readonly Value[], nowMs: number) => Value;

/** NULL when an argument is NULL or MISSING. */
const strict =
  (run: SqlFunction): SqlFunction =>
  (args, nowMs) =>
    args.some(isAbsent) ? null : run(args, nowMs);

const onText = (name: string, run: (text: string) => Value): SqlFunction =>
  strict(([value]) => run(requireText(name, value)));

export const functions: Readonly<Record<string, SqlFunction>> = {
  COALESCE: (args) => args.find((value) => !isAbsent(value)) ?? null,
  NULLIF: ([a, b]) => (compare('=', a, b) === true ? null : a),
  LOWER: onText('LOWER', (text) => text.toLowerCase()),
  UPPER: onText('UPPER', (text) => text.toUpperCase()),
  CHAR_LENGTH: onText('CHAR_LENGTH', (text) => BigInt([...text].length)),
  CHARACTER_LENGTH: onText('CHARACTER_LENGTH', (text) => BigInt([...text].length)),
  SUBSTRING: strict(substring),
  TRIM: strict(([side, characters, text]) =>
    trim(String(side), requireText('TRIM', characters), requireText('TRIM', text)),
  ),
  UTCNOW: (_, nowMs) => ({ timestampMs: nowMs, offset: 0 }),
  TO_TIMESTAMP: strict(([text]) => {
    const timestamp = parseTimestamp(requireText('TO_TIMESTAMP', text));
    if (!timestamp) throw invalidArguments('TO_TIMESTAMP');
    return timestamp;
  }),
  TO_STRING: strict(([timestamp, format]) =>
    formatByPattern(requireTimestamp('TO_STRING', timestamp), requireText('TO_STRING', format)),
  ),
  DATE_ADD: strict(([part, count, timestamp]) =>
    addToTimestamp(String(part), requireNumber('DATE_ADD', count), requireTimestamp('DATE_ADD', timestamp)),
  ),
  DATE_DIFF: strict(([part, from, to]) =>
    BigInt(differenceOf(String(part), requireTimestamp('DATE_DIFF', from), requireTimestamp('DATE_DIFF', to))),
  ),
  EXTRACT: strict(([part, timestamp]) => BigInt(extractPart(String(part), requireTimestamp('EXTRACT', timestamp)))),
};

function requireText(name: string, value: Value): string {
  if (typeof value !== 'string') throw invalidArguments(name);
  return value;
}

function requireNumber(name: string, value: Value): number {
  const number = toNumber(value);
  if (number === undefined) throw invalidArguments(name);
  return Number(number);
}

function requireTimestamp(name: string, value: Value): SqlTimestamp {
  const timestamp = typeof value === 'string' ? parseTimestamp(value) : value;
  if (!isTimestamp(timestamp)) throw invalidArguments(name);
  return timestamp;
}

/** Positions count from 1; those before it count for the length. */
function substring([value, from, length]: readonly Value[]): Value {
  const characters = [...requireText('SUBSTRING', value)];
  const start = requireNumber('SUBSTRING', from) - 1;
  const end = length === undefined ? characters.length : start + requireNumber('SUBSTRING', length);
  if (end < start) throw invalidArguments('SUBSTRING');
  return characters.slice(Math.max(0, start), Math.max(0, end)).join('');
}

function trim(side: string, characters: string, text: string): string {
  const set = new Set(characters);
  const all = [...text];
  let [start, end] = [0, all.length];
  if (side !== 'TRAILING') while (start < end && set.has(all[start] as string)) start += 1;
  if (side !== 'LEADING') while (end > start && set.has(all[end - 1] as string)) end -= 1;
  return all.slice(start, end).join('');
}

export const concatenate = strict(([a, b]) => `${toText(a)}${toText(b)}`);

type LikePiece = 'any' | 'one' | { readonly text: string };

/** Whether a text is like a pattern; made once for each pattern. */
export function compileLike(pattern: Value, escapedBy: Value): (text: Value) => boolean | null {
  if (isAbsent(pattern)) return () => null;
  if (
    typeof pattern !== 'string' ||
    (escapedBy !== undefined && (typeof escapedBy !== 'string' || [...escapedBy].length !== 1))
  ) {
    throw likeInvalidInputs();
  }
  const pieces = likePieces(pattern, escapedBy as string | undefined);
  return (text) => {
    if (isAbsent(text)) return null;
    if (typeof text !== 'string') throw likeInvalidInputs();
    return isLike([...text], pieces);
  };
}

function likePieces(pattern: string, escapedBy: string | undefined): readonly LikePiece[] {
  const characters = [...pattern];
  const pieces: LikePiece[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] as string;
    if (character === escapedBy) {
      at += 1;
      const meant = characters[at];
      if (meant !== '%' && meant !== '_' && meant !== escapedBy) throw likeInvalidInputs();
      pieces.push({ text: meant });
    } else pieces.push(character === '%' ? 'any' : character === '_' ? 'one' : { text: character });
  }
  return pieces;
}

/** Goes back to the last `%` only, so it takes no more than the product of both lengths. */
function isLike(text: readonly string[], pieces: readonly LikePiece[]): boolean {
  let [at, piece, lastAny, resume] = [0, 0, -1, 0];
  while (at < text.length) {
    const wanted = pieces[piece];
    if (wanted === 'any') {
      lastAny = piece;
      resume = at;
      piece += 1;
    } else if (wanted === 'one' || (wanted !== undefined && wanted.text === text[at])) {
      at += 1;
      piece += 1;
    } else if (lastAny >= 0) {
      piece = lastAny + 1;
      resume += 1;
      at = resume;
    } else return false;
  }
  while (pieces[piece] === 'any') piece += 1;
  return piece === pieces.length;
}
