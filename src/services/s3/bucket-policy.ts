// Bucket policies: what S3 takes for one, and when it takes one for public.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status

import { type AwsError, awsError } from '../../aws/errors.ts';
import type { CompiledPolicy } from '../../aws/policies/compile.ts';
import { isForEverybody, PolicyFault, parsePolicy, type Statement } from '../../aws/policies/policy.ts';
import type { Policy } from '../../aws/policies/policy-document.ts';
import { compileOrClose } from '../../aws/resource-policies.ts';
import type { BucketSpec } from './buckets.table.ts';
import { accountOfCanonicalUser } from './canonical-users.ts';
import { appliesToResources } from './policy-actions.ts';

const longestPolicyBytes = 20 * 1024;

export function bucketPolicyOf(spec: Pick<BucketSpec, 'policy'>): Policy | undefined {
  return compiledBucketPolicy(spec)?.policy;
}

/** Documents are remembered by their text. */
export function compiledBucketPolicy({ policy: text }: Pick<BucketSpec, 'policy'>): CompiledPolicy | undefined {
  return text === undefined ? undefined : compileOrClose(text);
}

export function checkBucketPolicy(text: string, bucket: string, { isCurrent }: Pick<BucketSpec, 'isCurrent'>): Policy {
  if (Buffer.byteLength(text) > longestPolicyBytes) {
    throw awsError('PolicyTooLarge', 'Policies must not exceed 20480 bytes in size');
  }
  const policy = parseOrRefuse(text);
  for (const statement of policy.statements) {
    if (!statement.principals) throw malformedPolicy('Missing required field Principal');
    // It would let in everybody but those it names, strangers included.
    if (statement.effect === 'Allow' && statement.principals.isNegated) {
      throw malformedPolicy('Allow with NotPrincipal is not allowed.');
    }
    checkPrincipals(statement);
    if (statement.actions.patterns.some((action) => !/^(?:s3(?:express)?:[\w*?]+|\*)$/.test(action))) {
      throw malformedPolicy('Policy has invalid action');
    }
    if (statement.resources.patterns.some((resource) => !isOfBucket(resource, bucket))) {
      throw malformedPolicy('Policy has invalid resource');
    }
    // What was written against Ceph has such statements.
    if (isCurrent && !appliesToResources(statement)) {
      throw malformedPolicy('Action does not apply to any resource(s) in statement');
    }
  }
  return policy;
}

function parseOrRefuse(text: string) {
  try {
    return parsePolicy(text);
  } catch (error) {
    if (error instanceof PolicyFault) throw malformedPolicy(error.message);
    throw error;
  }
}

function checkPrincipals({ principals }: Statement): void {
  const { AWS = [], CanonicalUser = [] } = principals?.byKind ?? {};
  const isNobody = !principals?.all && Object.values(principals?.byKind ?? {}).every((names) => names.length === 0);
  const isKnown = (name: string) =>
    name === '*' ||
    /^\d{12}$/.test(name) ||
    /^arn:aws[\w-]*:(?:iam|sts)::(?:\d{12}|[a-z][\w-]*):(?:root$|(?:user|role|assumed-role|federated-user)\/.)/.test(
      name,
    ) ||
    /^A[A-Z0-9]{15,}$/.test(name);
  if (isNobody || !AWS.every(isKnown) || CanonicalUser.some((id) => accountOfCanonicalUser(id) === undefined)) {
    throw malformedPolicy('Invalid principal in policy');
  }
}

function isOfBucket(resource: string, bucket: string): boolean {
  const name = /^arn:aws[\w-]*:s3:::([^/]*)(?:\/.*)?$/s.exec(resource)?.[1];
  if (name === undefined) return resource === '*';
  if (!/[*?$]/.test(name)) return name === bucket;
  return new RegExp(`^${name.replace(/[.]/g, '\\.').replace(/\*+/g, '.*').replace(/\?/g, '.')}$`).test(bucket);
}

export function malformedPolicy(message: string): AwsError {
  return awsError('MalformedPolicy', message);
}

/** Conditions on these with fixed values make a statement that names everybody not public after all. */
const narrowingKeys: ReadonlySet<string> = new Set([
  'aws:sourceip',
  'aws:sourcearn',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:sourceowner',
  'aws:sourceaccount',
  'aws:principalarn',
  'aws:principalaccount',
  'aws:principalorgid',
  'aws:userid',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
]);

export function isPublicPolicy({ statements }: Policy): boolean {
  return statements.some(
    (statement) =>
      statement.effect === 'Allow' &&
      isForEverybody(statement) &&
      !statement.conditions.some(
        ({ key, operator, values }) =>
          narrowingKeys.has(key) && !operator.includes('Not') && values.every((value) => isNarrow(key, value)),
      ),
  );
}

function isNarrow(key: string, value: string): boolean {
  if (key !== 'aws:sourceip') return !/[*?$]/.test(value);
  const bits = Number(value.split('/')[1] ?? 32);
  return bits >= (value.includes(':') ? 32 : 8);
}
