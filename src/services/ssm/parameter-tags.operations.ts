// AddTagsToResource, RemoveTagsFromResource, ListTagsForResource: of parameters, as nothing else has tags here yet.

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { ResourceTypeForTagging, SsmApi } from '../../generated/ssm.types.ts';
import { addParameterTags, removeParameterTags } from './parameter-tags.ts';
import { type ParameterSpec, parameters } from './parameters.table.ts';
import { invalidResourceId, notBuilt } from './ssm.errors.ts';

export const parameterTagOperations = {
  AddTagsToResource(ctx, { ResourceType, ResourceId, Tags }) {
    const { tags } = requireTagged(ctx, ResourceType, ResourceId);
    replaceTags(ctx, ResourceId, addParameterTags(tags, Tags));
    return {};
  },

  RemoveTagsFromResource(ctx, { ResourceType, ResourceId, TagKeys }) {
    const { tags } = requireTagged(ctx, ResourceType, ResourceId);
    replaceTags(ctx, ResourceId, removeParameterTags(tags, TagKeys));
    return {};
  },

  ListTagsForResource(ctx, { ResourceType, ResourceId }) {
    const { tags } = requireTagged(ctx, ResourceType, ResourceId);
    return { TagList: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  },
} satisfies Operations<SsmApi>;

function requireTagged(ctx: OperationContext, type: ResourceTypeForTagging, id: string): ParameterSpec {
  if (type !== 'Parameter') throw notBuilt(`tags of the resource type ${type}`);
  const row = ctx.table(parameters).get(id);
  if (!row) throw invalidResourceId();
  return row.spec;
}

function replaceTags(ctx: OperationContext, name: string, tags: ParameterSpec['tags']): void {
  ctx.table(parameters).update(name, (spec) => ({ ...spec, tags }));
}
