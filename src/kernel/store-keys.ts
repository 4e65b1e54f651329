// The keys under which a store keeps rows: scopes are in every one of them, so nothing is seen from another by accident.
//
// `R␟table␟account␟region␟id` for rows, `X␟table␟index␟account␟region␟value␟id` for index entries and
// `U␟table␟id␟account␟region` for ids alone, which find a row wherever it is (a thing found in the world knows nothing
// but its name).

import type { RowKey, Scope } from './table.ts';

const separator = '\u001f';
const beyond = '\u0020'; // the first character that may stand in a key's parts, so it ends every prefix range

const join = (...parts: readonly string[]): string => parts.join(separator);

/** Of an id, and of an indexed value: a key of LMDB holds one of each, and what else is in it, in 4,026 bytes. */
const longestPartBytes = 1_800;

const longestScopePart = 64;

/**
 * Whether anything can have such an id or indexed value: a control character would reach into another row's key. Ids come
 * from users, so looking for one that cannot be finds nothing; writing one is a mistake of ours.
 */
export function canBePart(part: string): boolean {
  for (let i = 0; i < part.length; i++) if (part.charCodeAt(i) < 0x20) return false;
  return part.length * 3 <= longestPartBytes || Buffer.byteLength(part) <= longestPartBytes;
}

/** An account and a region that a user named, in an ARN for example. No real one is nearly as long. */
export const canBeScope = ({ account, region }: Scope): boolean =>
  account.length <= longestScopePart && region.length <= longestScopePart && canBePart(account) && canBePart(region);

function checkedPart(part: string): string {
  if (!canBePart(part)) throw new RangeError(`${JSON.stringify(part.slice(0, 100))} cannot be an id or indexed value`);
  return part;
}

/** Every key that begins with `prefix`, which ends in a separator, is before this. */
export const endOf = (prefix: string): string => prefix.slice(0, -1) + beyond;

export const tablePrefix = (table: string): string => join('R', table, '');

export const rowPrefix = (table: string, { account, region }: Scope): string => join('R', table, account, region, '');

export const rowKey = (table: string, key: RowKey): string => rowPrefix(table, key) + checkedPart(key.id);

/** Whose row a key is of. */
export function parseRowKey(key: string): RowKey {
  const [, , account = '', region = '', id = ''] = key.split(separator);
  return { account, region, id };
}

/** Where a list begins that goes on after an id, which may be any text of a user's: one that none is as long as is cut. */
export function startAfter(prefix: string, afterId: string): string {
  const id = Buffer.byteLength(afterId) <= longestPartBytes ? afterId : afterId.slice(0, longestPartBytes / 3);
  return prefix + id + separator;
}

export const indexPrefix = (table: string, index: string, { account, region }: Scope, value: string): string =>
  join('X', table, index, account, region, value, '');

export const indexKey = (table: string, index: string, row: RowKey, value: string): string =>
  indexPrefix(table, index, row, checkedPart(value)) + row.id;

export const idPrefix = (table: string, id: string): string => join('U', table, id, '');

export const idKey = (table: string, { account, region, id }: RowKey): string =>
  idPrefix(table, id) + join(account, region);

/** In which scope the id of such a key is. */
export function parseIdKey(key: string): Scope {
  const [, , , account = '', region = ''] = key.split(separator);
  return { account, region };
}

/** The last part. */
export const idOf = (key: string): string => key.slice(key.lastIndexOf(separator) + 1);
