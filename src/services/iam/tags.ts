// What tags an IAM resource may have. Keys are told apart without regard to case, and kept as they were given last.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html

import type { Tag } from '../../generated/iam.types.ts';
import { invalidInput, quotaExceeded } from './iam.errors.ts';
import { keyOf } from './names.ts';

const mostTags = 50;

/** `holder` is a `User`, a `Role`, …: as the quota is called. */
export function addTags(present: readonly Tag[], added: readonly Tag[], holder: string): readonly Tag[] {
  const keys = added.map(({ Key }) => keyOf(Key));
  if (new Set(keys).size < keys.length)
    throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  const reserved = added.find(({ Key }) => /^aws:/i.test(Key));
  if (reserved) throw invalidInput(`Tag keys starting with 'aws:' are reserved for system use: ${reserved.Key}`);
  const given = new Map(added.map(({ Key, Value }) => [keyOf(Key), { Key, Value }]));
  const known = new Set(present.map(({ Key }) => keyOf(Key)));
  // What gets a new value stays where it is.
  const merged = [
    ...present.map((tag) => given.get(keyOf(tag.Key)) ?? tag),
    ...[...given].flatMap(([key, tag]) => (known.has(key) ? [] : tag)),
  ];
  if (merged.length > mostTags) throw quotaExceeded(`TagsPer${holder}`, mostTags);
  return merged;
}

export function removeTags(present: readonly Tag[], keys: readonly string[]): readonly Tag[] {
  const gone = new Set(keys.map(keyOf));
  return present.filter(({ Key }) => !gone.has(keyOf(Key)));
}

/** Absent when there is none, as most answers have it. */
export function tagsShown(tags: readonly Tag[]): { readonly Tags?: readonly Tag[] } {
  return tags.length > 0 ? { Tags: tags } : {};
}
