// Tags of objects and buckets. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html

import { type AwsError, awsError } from '../../aws/errors.ts';
import { parseForm } from '../../aws/protocols/form.ts';
import type { Tag } from '../../generated/s3.types.ts';
import type { Tags } from './policy-conditions.ts';
import { invalidArgument } from './s3.errors.ts';

const mostObjectTags = 10;
export const mostBucketTags = 50;

export function invalidTag(message: string, key?: string, value?: string): AwsError {
  return awsError('InvalidTag', message, 400, {
    ...(key !== undefined && { TagKey: key }),
    ...(value !== undefined && { TagValue: value }),
  });
}

/** The x-amz-tagging header: `key=value&key2=value2`. */
export function parseTagHeader(header: string | undefined): Tags | undefined {
  if (header === undefined) return undefined;
  let pairs: readonly (readonly [string, string])[];
  try {
    pairs = header === '' ? [] : parseForm(header);
  } catch {
    throw invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      'x-amz-tagging',
      header,
    );
  }
  if (
    header.includes(',') ||
    pairs.some(([key]) => key === '') ||
    new Set(pairs.map(([key]) => key)).size < pairs.length
  ) {
    throw invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      'x-amz-tagging',
      header,
    );
  }
  return checkTags(pairs.map(([Key, Value]) => ({ Key, Value })));
}

export function checkTags(tags: readonly Tag[], most = mostObjectTags): Tags {
  if (tags.length > most) {
    const message =
      most === mostObjectTags ? 'Object tags cannot be greater than 10' : 'Bucket tag count cannot be greater than 50';
    throw awsError('BadRequest', message);
  }
  const checked = new Map<string, string>();
  for (const { Key, Value } of tags) {
    checkTag(Key, Value);
    if (/^aws:/i.test(Key)) throw invalidTag(reservedKey(most), Key);
    if (checked.has(Key)) throw invalidTag('Cannot provide multiple Tags with the same key', Key);
    checked.set(Key, Value);
  }
  return Object.fromEntries(checked);
}

/** AWS has different words for the two. */
const reservedKey = (most: number): string =>
  most === mostObjectTags
    ? 'Your TagKey cannot be prefixed with aws:'
    : 'System tags cannot be added/updated by requester';

function checkTag(key: string, value: string): void {
  const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
  if (key === '' || [...key].length > 128 || !allowed.test(key)) {
    throw invalidTag('The TagKey you have provided is invalid', key);
  }
  if ([...value].length > 256 || !allowed.test(value)) {
    throw invalidTag('The TagValue you have provided is invalid', key, value);
  }
}

export function describeTags(tags: Tags | undefined): Tag[] {
  return Object.entries(tags ?? {})
    .map(([Key, Value]) => ({ Key, Value }))
    .sort((a, b) => (a.Key < b.Key ? -1 : 1));
}
