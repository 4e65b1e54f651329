// What tags a topic may have.

import { tagsByKey } from '../../aws/tags.ts';
import type { Tag } from '../../generated/sns.types.ts';
import { invalidParameter, tagLimitExceeded } from './sns.errors.ts';

const mostTags = 50;

export function addTags(
  present: Readonly<Record<string, string>>,
  added: readonly Tag[],
): Readonly<Record<string, string>> {
  const keys = added.map(({ Key }) => Key);
  if (new Set(keys).size < keys.length) throw invalidParameter('Duplicated keys are not allowed.');
  if (keys.some((key) => /^aws:/i.test(key)))
    throw invalidParameter('Tags Reason: aws: prefixed tag key names are not allowed for external use');
  const merged = { ...present, ...tagsByKey(added) };
  if (Object.keys(merged).length > mostTags) throw tagLimitExceeded();
  return merged;
}

export function describeTags(tags: Readonly<Record<string, string>>): readonly Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
