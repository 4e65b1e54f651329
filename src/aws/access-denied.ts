// Denials in AWS's words, and the error that each service wraps them in.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html

import { type AwsError, awsError } from './errors.ts';
import type { ServiceModel } from './model.ts';
import type { Decision, PolicyKind } from './policies/decision.ts';
import type { Principal } from './principal.ts';

/** What was asked for, and denied. */
export interface Denial {
  readonly principal: Principal;
  readonly action: string;
  /** `*` for an action that knows no resources. */
  readonly resource: string;
  readonly decision: Pick<Decision, 'isExplicit' | 'decidedBy'>;
}

const policyNames: Readonly<Record<PolicyKind, string>> = {
  'identity-based': 'identity-based policy',
  'resource-based': 'resource-based policy',
  'permissions boundary': 'permissions boundary',
  session: 'session policy',
  'service control': 'service control policy',
  'resource control': 'resource control policy',
};

/** What S3 asks for where it lists an account's buckets; AWS's message leaves it out. */
export const everyBucketArn = 'arn:aws:s3:::*';

export function denialMessage({ principal, action, resource, decision }: Denial): string {
  const what = `User: ${principal.arn} is not authorized to perform: ${action}`;
  const where = resource === '*' || resource === everyBucketArn ? '' : ` on resource: ${resource}`;
  return `${what}${where} ${reasonOf(action, decision)}`;
}

function reasonOf(action: string, { isExplicit, decidedBy = 'identity-based' }: Denial['decision']): string {
  const policy = policyNames[decidedBy];
  if (!isExplicit) return `because no ${policy} allows the ${action} action`;
  return `with an explicit deny in ${/^[aeiou]/.test(policy) ? 'an' : 'a'} ${policy}`;
}

/** Where a service has no error of its own: the JSON protocols answer as to any mistake of the caller's. */
export function accessDenied({ protocols }: Pick<ServiceModel, 'protocols'>, message: string): AwsError {
  if (protocols[0] === 'json') return awsError('AccessDeniedException', message);
  if (protocols[0] === 'rest-json') return awsError('AccessDeniedException', message, 403);
  return awsError('AccessDenied', message, 403);
}
