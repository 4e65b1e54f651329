// TagResource, UntagResource, ListTagsForResource.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_tagging.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { OrganizationsApi, Tag } from '../../generated/organizations.types.ts';
import { requireOwnOrganization } from './organization.ts';
import { invalidInput } from './organizations.errors.ts';
import { pageOf } from './pages.ts';
import { fullAccessId, policies } from './policies.table.ts';
import { addTags, removeTags } from './tags.ts';
import { changeTarget, requireTarget } from './targets.ts';

export const tagOperations = {
  TagResource(ctx, { ResourceId, Tags }) {
    changeTags(ctx, ResourceId, (tags) => addTags(tags, Tags));
    return {};
  },

  UntagResource(ctx, { ResourceId, TagKeys }) {
    changeTags(ctx, ResourceId, (tags) => removeTags(tags, TagKeys));
    return {};
  },

  ListTagsForResource(ctx, input) {
    const { ResourceId } = input;
    const tags = tagsOf(ctx, ResourceId).map((tag, position) => ({ id: String(position).padStart(3, '0'), tag }));
    const { rows, page } = pageOf(
      ctx,
      `ListTagsForResource ${ResourceId}`,
      { ...input, MaxResults: undefined },
      (afterId) => (afterId === undefined ? tags : tags.filter(({ id }) => id > afterId)),
    );
    return { Tags: rows.map(({ tag }) => tag), ...page };
  },
} satisfies Operations<OrganizationsApi>;

function tagsOf(ctx: OperationContext, id: string): readonly Tag[] {
  const organization = requireOwnOrganization(ctx);
  return ctx.table(policies).get(id)?.spec.tags ?? requireTarget(ctx, organization, id).tags;
}

function changeTags(ctx: OperationContext, id: string, change: (tags: readonly Tag[]) => readonly Tag[]): void {
  const organization = requireOwnOrganization(ctx);
  if (id === fullAccessId) throw invalidInput('IMMUTABLE_POLICY');
  if (ctx.table(policies).has(id)) {
    ctx.table(policies).update(id, (spec) => ({ ...spec, tags: change(spec.tags) }));
    return;
  }
  const target = requireTarget(ctx, organization, id);
  changeTarget(ctx, organization, target, { tags: change(target.tags) });
}
