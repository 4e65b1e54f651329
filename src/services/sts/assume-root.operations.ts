// AssumeRoot: keys of a member account's root, for the management account of its organization, a quarter of an hour at most
// and for one task, whose policy limits them.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import { rootPrincipal } from '../../aws/principal.ts';
import type { FeatureType } from '../../generated/iam.types.ts';
import type { StsApi } from '../../generated/sts.types.ts';
import { isRootAccessEnabled } from '../iam/index.ts';
import { getOrganization, hasServiceAccess } from '../organizations/index.ts';
import { issueCredentials } from './credentials.ts';
import { accessDenied, validationError } from './sts.errors.ts';

const longestSeconds = 900;

/** What AWS lets be done so, and the feature of IAM that has to be on for it. */
const tasks: Readonly<Record<string, FeatureType>> = {
  'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials': 'RootCredentialsManagement',
  'arn:aws:iam::aws:policy/root-task/IAMCreateRootUserPassword': 'RootCredentialsManagement',
  'arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials': 'RootCredentialsManagement',
  'arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy': 'RootSessions',
  'arn:aws:iam::aws:policy/root-task/SQSUnlockQueuePolicy': 'RootSessions',
};

export const assumeRootOperations = {
  AssumeRoot(ctx, { TargetPrincipal, TaskPolicyArn, DurationSeconds }) {
    const account = memberIn(TargetPrincipal);
    const task = TaskPolicyArn.arn ?? '';
    const feature = Object.hasOwn(tasks, task) ? tasks[task] : undefined;
    if (!feature) throw validationError(`${task} is not the ARN of a task policy`);
    const root = rootPrincipal(account);
    if (!mayEnter(ctx, account, feature)) {
      throw accessDenied(
        `User: ${ctx.principal.arn} is not authorized to perform: sts:AssumeRoot on resource: ${root.arn}`,
      );
    }
    const sourceIdentity = ctx.principal.session?.sourceIdentity;
    const session = {
      issuedAtMs: ctx.nowMs,
      policyArns: [task],
      isTask: true,
      ...(sourceIdentity !== undefined && { sourceIdentity }),
    };
    return {
      Credentials: issueCredentials(ctx, { ...root, session }, DurationSeconds || longestSeconds),
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    };
  },
} satisfies Operations<StsApi>;

function memberIn(target: string): string {
  const account = /^(?:arn:aws[\w-]*:iam::)?(\d{12})(?::root)?$/.exec(target)?.[1];
  if (account === undefined) throw validationError(`${target} is not a member account or its root`);
  return account;
}

/** The management account's own root is nobody's to assume. */
function mayEnter(ctx: OperationContext, account: string, feature: FeatureType): boolean {
  const organization = getOrganization(ctx, account);
  const isOwnMember = organization?.scope.account === ctx.account && account !== ctx.account;
  return isOwnMember && hasServiceAccess(organization, 'iam.amazonaws.com') && isRootAccessEnabled(ctx, feature);
}
