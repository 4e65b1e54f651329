// Tags by their keys, and what tags a resource may have, with EC2's errors. Pure: the caller keeps them.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions

import { type AwsError, awsError } from './errors.ts';

export interface TagInput {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** A list of tags as AWS's inputs and rows have it, unchecked; of two with one key the later. */
export const tagsByKey = (tags: readonly TagInput[] | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));

const mostTags = 50;
const longestKeyCharacters = 128;
const longestValueCharacters = 256;

/** The tags of a resource after `added` were put on it: a key that is there already gets the new value. */
export function addTags(
  present: Readonly<Record<string, string>>,
  added: readonly TagInput[] | undefined,
): Readonly<Record<string, string>> {
  if (!added || added.length === 0) return present;
  const merged = new Map([...Object.entries(present), ...Object.entries(parseTags(added))]);
  // Tags of AWS itself do not count.
  const counted = [...merged.keys()].filter((key) => !isReserved(key));
  if (counted.length > mostTags) {
    throw awsError('TagLimitExceeded', 'The maximum number of Tags for a resource has been reached.');
  }
  return Object.fromEntries(merged);
}

/** What DeleteTags leaves: a tag without a value goes by its key, one with a value only when that is the same. */
export function removeTags(
  present: Readonly<Record<string, string>>,
  removed: readonly TagInput[] | undefined,
): Readonly<Record<string, string>> {
  if (!removed) return Object.fromEntries(Object.entries(present).filter(([key]) => isReserved(key)));
  for (const { Key = '' } of removed) if (isReserved(Key)) throw reservedKey();
  const goes = (key: string, value: string) =>
    removed.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value));
  return Object.fromEntries(Object.entries(present).filter(([key, value]) => !goes(key, value)));
}

/** Validates a list of tags; a missing value is the empty one. */
export function parseTags(tags: readonly TagInput[]): Readonly<Record<string, string>> {
  const parsed = new Map<string, string>();
  for (const { Key: key, Value: value = '' } of tags) {
    if (!key)
      throw invalid(`Value ( ${key ?? ''} ) for parameter Tag key is invalid. Tag key cannot be null or empty.`);
    if (isReserved(key)) throw reservedKey();
    if (characters(key) > longestKeyCharacters) throw tooLong('key', longestKeyCharacters);
    if (characters(value) > longestValueCharacters) throw tooLong('value', longestValueCharacters);
    if (parsed.has(key)) throw invalid(`Duplicate tag key '${key}' specified.`);
    parsed.set(key, value);
  }
  return Object.fromEntries(parsed);
}

function isReserved(key: string): boolean {
  return /^aws:/i.test(key);
}

/** Unicode characters, of which an emoji is one. */
function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function reservedKey(): AwsError {
  return invalid(`Tag keys starting with 'aws:' are reserved for internal use`);
}

function tooLong(part: 'key' | 'value', mostCharacters: number): AwsError {
  return invalid(`Tag ${part} exceeds the maximum length of ${mostCharacters} characters`);
}

function invalid(message: string): AwsError {
  return awsError('InvalidParameterValue', message);
}
