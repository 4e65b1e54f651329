// What tags a root, a unit, an account or a policy may have.

import type { Tag } from '../../generated/organizations.types.ts';
import { constraintViolation, invalidInput } from './organizations.errors.ts';

const mostTags = 50;

export function addTags(present: readonly Tag[], added: readonly Tag[] = []): readonly Tag[] {
  const given = new Map(added.map(({ Key, Value }) => [Key, { Key, Value }]));
  if (given.size < added.length) throw invalidInput('DUPLICATE_TAG_KEY');
  requireOwn([...given.keys()]);
  // What gets a new value stays where it is.
  const known = new Set(present.map(({ Key }) => Key));
  const merged = [
    ...present.map((tag) => given.get(tag.Key) ?? tag),
    ...[...given.values()].filter(({ Key }) => !known.has(Key)),
  ];
  if (merged.length > mostTags) throw constraintViolation('MAX_TAG_LIMIT_EXCEEDED');
  return merged;
}

export function removeTags(present: readonly Tag[], keys: readonly string[]): readonly Tag[] {
  requireOwn(keys);
  return present.filter(({ Key }) => !keys.includes(Key));
}

function requireOwn(keys: readonly string[]): void {
  if (keys.some((key) => /^aws:/i.test(key))) throw invalidInput('INVALID_SYSTEM_TAGS_PARAMETER');
}
