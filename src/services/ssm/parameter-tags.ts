// Tags of parameters, within Systems Manager's limits and in its words.

import { awsError } from '../../aws/errors.ts';
import type { Tag } from '../../generated/ssm.types.ts';
import { validationException } from './ssm.errors.ts';

type Tags = Readonly<Record<string, string>>;

const mostTags = 50;

export function addParameterTags(present: Tags, added: readonly Tag[] = []): Tags {
  const tags = new Map(Object.entries(present));
  for (const { Key, Value } of added) {
    if (/^aws:/i.test(Key)) throw validationException("Tag keys can't begin with the reserved prefix aws:");
    tags.set(Key, Value);
  }
  if (tags.size > mostTags) throw awsError('TooManyTagsError', `A resource can have ${mostTags} tags at most.`);
  return Object.fromEntries(tags);
}

export function removeParameterTags(present: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(present).filter(([key]) => !keys.includes(key)));
}
