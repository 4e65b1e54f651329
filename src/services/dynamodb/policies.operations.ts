// Resource-based policies of tables and their streams: kept under a revision, so that two who change one notice.

import type { OperationContext, Operations } from '../../aws/operation.ts';
import { checkResourcePolicy, PolicyFault } from '../../aws/policies/policy.ts';
import type { DynamodbApi } from '../../generated/dynamodb.types.ts';
import { policyNotFound, tableNotFound, validationError } from './dynamodb.errors.ts';
import { newRevisionId } from './table-spec.ts';
import { type TableRow, type TableSpec, tables } from './tables.table.ts';
import { requireTableOfArn } from './tags.operations.ts';

/** A revision that says: there is to be no policy yet. */
const noPolicy = 'NO_POLICY';
const largestPolicyBytes = 20 * 1024;

export const policyOperations = {
  PutResourcePolicy(ctx, { ResourceArn, Policy, ExpectedRevisionId }) {
    const row = requirePolicyTable(ctx, ResourceArn, 'PutResourcePolicy');
    checkDocument(Policy);
    const present = policyOf(row, ResourceArn);
    checkRevision(row, present, ExpectedRevisionId);
    if (present?.document === Policy) return { RevisionId: present.revisionId };
    const revisionId = laterRevision(ctx, present);
    setPolicy(ctx, row, ResourceArn, { document: Policy, revisionId });
    return { RevisionId: revisionId };
  },

  GetResourcePolicy(ctx, { ResourceArn }) {
    const present = policyOf(requirePolicyTable(ctx, ResourceArn, 'GetResourcePolicy'), ResourceArn);
    if (!present) throw policyNotFound(ResourceArn);
    return { Policy: present.document, RevisionId: present.revisionId };
  },

  DeleteResourcePolicy(ctx, { ResourceArn, ExpectedRevisionId }) {
    const row = requirePolicyTable(ctx, ResourceArn, 'DeleteResourcePolicy');
    const present = policyOf(row, ResourceArn);
    checkRevision(row, present, ExpectedRevisionId);
    if (!present) return {};
    setPolicy(ctx, row, ResourceArn, undefined);
    return { RevisionId: present.revisionId };
  },
} satisfies Operations<DynamodbApi>;

type Policy = NonNullable<TableSpec['policy']>;

function requirePolicyTable(ctx: OperationContext, resourceArn: string, operation: string): TableRow {
  return requireTableOfArn(ctx, resourceArn, operation, tableNotFound);
}

const isOfStream = (resourceArn: string): boolean => resourceArn.includes('/stream/');

function policyOf({ spec }: TableRow, resourceArn: string): Policy | undefined {
  return isOfStream(resourceArn) ? spec.streamPolicy : spec.policy;
}

function setPolicy(ctx: OperationContext, { id }: TableRow, resourceArn: string, policy: Policy | undefined): void {
  const member = isOfStream(resourceArn) ? 'streamPolicy' : 'policy';
  ctx.table(tables).update(id, ({ [member]: _, ...rest }) => (policy ? { ...rest, [member]: policy } : rest));
}

function checkDocument(document: string): void {
  if (Buffer.byteLength(document) > largestPolicyBytes)
    throw validationError(`Resource-based policy size exceeds the limit of ${largestPolicyBytes / 1024} KB`);
  try {
    checkResourcePolicy(document);
  } catch (error) {
    if (error instanceof PolicyFault) throw validationError(`Invalid policy document: ${error.message}`);
    throw error;
  }
}

function checkRevision(row: TableRow, present: Policy | undefined, expected: string | undefined): void {
  if (expected === undefined || expected === present?.revisionId) return;
  if (expected === noPolicy) {
    if (present)
      throw policyNotFound(
        `Requested policy update expecting none to be present for table ${row.id}, but a policy exists with revision id ${present.revisionId}.`,
      );
    return;
  }
  throw policyNotFound(
    present
      ? `Requested update for policy with revision id ${expected}, but the policy associated to target table ${row.id} has revision id ${present.revisionId}.`
      : `Requested update for policy with revision id ${expected}, but no policy is associated to target table ${row.id}.`,
  );
}

/** Revisions are dates, and grow even within one millisecond. */
function laterRevision(ctx: OperationContext, present: Policy | undefined): string {
  const now = newRevisionId(ctx);
  return present && BigInt(present.revisionId) >= BigInt(now) ? String(BigInt(present.revisionId) + 1n) : now;
}
