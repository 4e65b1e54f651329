// What a session may be: how long, within which policies, with which tags. All roads to temporary keys keep to it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entities

import { deflateRawSync } from 'node:zlib';
import { PolicyFault } from '../../aws/policies/policy-fault.ts';
import { validatePolicy } from '../../aws/policies/validate-policy.ts';
import type { Session } from '../../aws/principal.ts';
import type { PolicyDescriptorType, Tag } from '../../generated/sts.types.ts';
import { invalidParameterValue, malformedPolicyDocument, packedPolicyTooLarge, validationError } from './sts.errors.ts';

export type Limits = Pick<Session, 'policy' | 'policyArns' | 'tags' | 'transitiveTagKeys'>;

interface Limiting {
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly PolicyDescriptorType[] | undefined;
}

const longestPolicy = 2048;
const mostPolicyArns = 10;
const mostTags = 50;

export function parseSessionPolicies({ Policy, PolicyArns = [] }: Limiting): Pick<Session, 'policy' | 'policyArns'> {
  if (Policy !== undefined) checkSessionPolicy(Policy);
  if (PolicyArns.length > mostPolicyArns) {
    throw validationError(`The number of policy ARNs exceeds the limit of ${mostPolicyArns}`);
  }
  const policyArns = PolicyArns.map(({ arn = '' }) => arn);
  const wrong = policyArns.find((arn) => !/^arn:[^:]*:iam::(?:\d{12}|aws):policy\/./.test(arn));
  if (wrong !== undefined) throw validationError(`${wrong} is not a valid managed policy ARN`);
  return { ...(Policy !== undefined && { policy: Policy }), ...(policyArns.length > 0 && { policyArns }) };
}

function checkSessionPolicy(policy: string): void {
  if (policy.length > longestPolicy) {
    throw validationError(
      `1 validation error detected: Value '${policy}' at 'policy' failed to satisfy constraint: Member must have length less than or equal to ${longestPolicy}`,
    );
  }
  try {
    validatePolicy(withVersion(policy), 'identity');
  } catch (error) {
    if (error instanceof PolicyFault) throw malformedPolicyDocument(error.message);
    throw error;
  }
}

/** STS takes policies that name no version, as it did before there were several. */
function withVersion(policy: string): string {
  try {
    const document: unknown = JSON.parse(policy);
    const isObject = typeof document === 'object' && document !== null && !Array.isArray(document);
    return isObject && !('Version' in document) ? JSON.stringify({ Version: '2012-10-17', ...document }) : policy;
  } catch {
    return policy;
  }
}

/** Session tags; those of the calling session that are transitive come along. */
export function parseSessionTags(
  given: readonly Tag[] = [],
  transitive: readonly string[] = [],
  caller?: Session,
): Pick<Session, 'tags' | 'transitiveTagKeys'> {
  checkTags(given);
  const handedOn = (caller?.transitiveTagKeys ?? []).flatMap((key) => {
    const value = caller?.tags?.[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  for (const [key] of handedOn) {
    if (given.some(({ Key }) => sameKey(Key, key))) {
      throw invalidParameterValue(
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
      );
    }
  }
  for (const key of transitive) {
    if (!given.some(({ Key }) => sameKey(Key, key))) {
      throw invalidParameterValue('The specified transitive tag key must be included in the requested tags.');
    }
  }
  const tags = Object.fromEntries([...handedOn, ...given.map(({ Key, Value }) => [Key, Value] as const)]);
  const transitiveTagKeys = [...handedOn.map(([key]) => key), ...transitive];
  return {
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(transitiveTagKeys.length > 0 && { transitiveTagKeys }),
  };
}

const sameKey = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function checkTags(tags: readonly Tag[]): void {
  if (tags.length > mostTags) throw validationError(`The number of session tags exceeds the limit of ${mostTags}`);
  const keys = tags.map(({ Key }) => Key.toLowerCase());
  const reserved = keys.find((key) => key.startsWith('aws:'));
  if (reserved !== undefined) throw validationError('Tag keys that begin with aws: are reserved for system use');
  if (new Set(keys).size < keys.length) {
    throw invalidParameterValue('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
}

const packedLimitBytes = 2048;

/** In percent of what AWS packs policies and tags into; undefined when there are none. */
export function packedSize({ policy, policyArns, tags }: Limits): number | undefined {
  if (policy === undefined && policyArns === undefined && tags === undefined) return undefined;
  const packed = deflateRawSync(JSON.stringify([policy, policyArns, tags])).byteLength;
  const percent = Math.ceil((100 * packed) / packedLimitBytes);
  if (percent > 100) throw packedPolicyTooLarge(percent);
  return percent;
}
