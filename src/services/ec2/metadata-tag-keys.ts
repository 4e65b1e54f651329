// Which tag keys an instance may have while the metadata service shows its tags: each is part of a path there.

import type { AwsError } from '../../aws/errors.ts';
import { invalidParameterValue } from './ec2.errors.ts';

const keyPattern = /^[0-9a-zA-Z\-_+=,.@:]{1,255}$/;
const reservedNames = new Set(['.', '..', '_index']);

/** Throws AWS's error for the first key that is not one. */
export function checkMetadataTagKeys(tags: Readonly<Record<string, string>>): void {
  const wrong = Object.keys(tags).find((key) => !keyPattern.test(key) || reservedNames.has(key));
  if (wrong !== undefined) throw invalidTagKey(wrong);
}

function invalidTagKey(key: string): AwsError {
  return invalidParameterValue(
    `'${key}' is not a valid tag key. Tag keys must match pattern ([0-9a-zA-Z\\\\-_+=,.@:]{1,255}), and must not be a reserved name ('.', '..', '_index')`,
  );
}
