// CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions, DeletePolicyVersion, SetDefaultPolicyVersion.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html

import type { Operations } from '../../aws/operation.ts';
import type { IamApi } from '../../generated/iam.types.ts';
import { checkManagedPolicy } from './documents.ts';
import { deleteConflict, limitExceeded, noSuchPolicyVersion } from './iam.errors.ts';
import { describeVersion, requireManagedPolicy, requireOwnPolicy } from './managed-policies.ts';
import { pageOf } from './pages.ts';
import { mostVersions, policies } from './policies.table.ts';

export const policyVersionOperations = {
  CreatePolicyVersion(ctx, { PolicyArn, PolicyDocument, SetAsDefault = false }) {
    const { id, spec } = requireOwnPolicy(ctx, PolicyArn, 'CreatePolicyVersion');
    checkManagedPolicy(PolicyDocument);
    if (spec.versions.length >= mostVersions) {
      throw limitExceeded(
        `A managed policy can have up to ${mostVersions} versions. Before you create a new version, you must delete an existing version.`,
      );
    }
    const lastVersion = spec.lastVersion + 1;
    const version = { versionId: `v${lastVersion}`, document: PolicyDocument, createdAtMs: ctx.nowMs };
    const defaultVersionId = SetAsDefault ? version.versionId : spec.defaultVersionId;
    ctx.table(policies).update(id, () => ({
      ...spec,
      lastVersion,
      defaultVersionId,
      versions: [...spec.versions, version],
      updatedAtMs: ctx.nowMs,
    }));
    const { Document: _, ...shown } = describeVersion(version, defaultVersionId);
    return { PolicyVersion: shown };
  },

  GetPolicyVersion(ctx, { PolicyArn, VersionId }) {
    const { versions, defaultVersionId } = requireManagedPolicy(ctx, PolicyArn);
    const version = versions.find(({ versionId }) => versionId === VersionId);
    if (!version) throw noSuchPolicyVersion(PolicyArn, VersionId);
    return { PolicyVersion: describeVersion(version, defaultVersionId) };
  },

  ListPolicyVersions(ctx, input) {
    const { versions, defaultVersionId } = requireManagedPolicy(ctx, input.PolicyArn);
    // The newest comes first, and there are never more than fit on a page unless one asks for fewer.
    const newestFirst = versions.toReversed().map((version, position) => ({ id: String(position), version }));
    const { rows, page } = pageOf(ctx, `ListPolicyVersions ${input.PolicyArn}`, input, (afterId) =>
      newestFirst.slice(afterId === undefined ? 0 : Number(afterId) + 1),
    );
    const shown = rows.map(({ version }) => {
      const { Document: _, ...rest } = describeVersion(version, defaultVersionId);
      return rest;
    });
    return { Versions: shown, ...page };
  },

  DeletePolicyVersion(ctx, { PolicyArn, VersionId }) {
    const { id, spec } = requireOwnPolicy(ctx, PolicyArn, 'DeletePolicyVersion');
    if (!spec.versions.some(({ versionId }) => versionId === VersionId))
      throw noSuchPolicyVersion(PolicyArn, VersionId);
    if (spec.defaultVersionId === VersionId) throw deleteConflict('Cannot delete the default version of a policy.');
    ctx.table(policies).update(id, () => ({
      ...spec,
      versions: spec.versions.filter(({ versionId }) => versionId !== VersionId),
      updatedAtMs: ctx.nowMs,
    }));
    return {};
  },

  SetDefaultPolicyVersion(ctx, { PolicyArn, VersionId }) {
    const { id, spec } = requireOwnPolicy(ctx, PolicyArn, 'SetDefaultPolicyVersion');
    if (!spec.versions.some(({ versionId }) => versionId === VersionId))
      throw noSuchPolicyVersion(PolicyArn, VersionId);
    ctx.table(policies).update(id, () => ({ ...spec, defaultVersionId: VersionId, updatedAtMs: ctx.nowMs }));
    return {};
  },
} satisfies Operations<IamApi>;
