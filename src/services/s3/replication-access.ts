// Whether replicas may be put into a bucket: into one of another account only as far as its policy lets the role in that the
// rules name. https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-walkthrough-2.html

import { parseArn } from '../../aws/arn.ts';
import { compilePolicy } from '../../aws/policies/compile.ts';
import type { PrincipalPolicies } from '../../aws/policies/decision.ts';
import type { Principal } from '../../aws/principal.ts';
import { mayAccess } from './access.ts';
import type { BucketRow } from './buckets.table.ts';

type ReplicaAction = 's3:ReplicateObject' | 's3:ReplicateDelete';

/** What the role itself may do is its own account's affair, and is not looked at. */
const unlimited: PrincipalPolicies = {
  identity: [
    {
      arn: 'inline: replication',
      kind: 'identity-based',
      policy: compilePolicy('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}'),
    },
  ],
};

export function mayReplicate(
  from: BucketRow,
  target: BucketRow,
  action: ReplicaAction,
  key: string,
  nowMs: number,
): boolean {
  if (from.account === target.account) return true;
  const principal = replicationRole(from, nowMs);
  if (!principal) return false;
  const { account } = principal;
  const { region } = target.spec;
  const ctx = { principal, policies: unlimited, accesses: [], account, region, nowMs, request: undefined };
  return mayAccess(ctx, { bucket: target, action, key });
}

/** As S3 assumes it. A role of another account than the bucket's is nobody's to hand over. */
function replicationRole({ account, spec }: BucketRow, nowMs: number): Principal | undefined {
  const roleArn = spec.replication?.Role;
  const arn = roleArn === undefined ? undefined : parseArn(roleArn);
  if (roleArn === undefined || arn?.account !== account || !arn.resource.startsWith('role/')) return undefined;
  const name = arn.resource.slice(arn.resource.lastIndexOf('/') + 1);
  return {
    kind: 'assumed-role',
    arn: `arn:${arn.partition}:sts::${account}:assumed-role/${name}/s3-replication`,
    userId: `${name}:s3-replication`,
    account,
    session: { roleArn, sessionName: 's3-replication', issuedAtMs: nowMs },
  };
}
