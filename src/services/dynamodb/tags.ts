// What DynamoDB says of tags that it does not take.

import type { Tag } from '../../generated/dynamodb.types.ts';
import { validationError } from './dynamodb.errors.ts';

export const mostTags = 50;

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export function validateTags(tags: readonly Tag[]): void {
  const keys = tags.map(({ Key }) => Key);
  if (new Set(keys).size < keys.length)
    throw validationError('One or more parameter values were invalid: Input Tags contain duplicate keys');
  if (tags.length > mostTags) throw validationError(`Too many tags: One Request exceeds the limit of ${mostTags} tags`);
  if (tags.some(({ Key, Value }) => !allowed.test(Key) || !allowed.test(Value)))
    throw validationError(
      'One or more parameter values were invalid: Tag keys and values can only contain letters, digits, white space, and _ . : / = + - @',
    );
  if (keys.some((key) => /^aws:/i.test(key)))
    throw validationError('One or more parameter values were invalid: aws: prefixed tag keys are not allowed');
}
