// AddTagsToResource, RemoveTagsFromResource, ListTagsForResource: of parameters, as nothing else has tags here yet.

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { ResourceTypeForTagging, SsmApi } from '../../generated/ssm.types.ts';
import { addParameterTags, removeParameterTags } from './parameter-tags.ts';
import { type ParameterSpec, parameters } from './parameters.table.ts';
import { storedName } from './parameters.ts';
import { invalidResourceId, notBuilt } from './ssm.errors.ts';

export const parameterTagOperations = {
  AddTagsToResource(ctx, { ResourceType, ResourceId, Tags }) {
    changeTags(ctx, requireTagged(ctx, ResourceType, ResourceId), (tags) => addParameterTags(tags, Tags));
    return {};
  },

  RemoveTagsFromResource(ctx, { ResourceType, ResourceId, TagKeys }) {
    changeTags(ctx, requireTagged(ctx, ResourceType, ResourceId), (tags) => removeParameterTags(tags, TagKeys));
    return {};
  },

  ListTagsForResource(ctx, { ResourceType, ResourceId }) {
    const { tags = {} } = ctx.table(parameters).get(requireTagged(ctx, ResourceType, ResourceId))?.spec ?? {};
    return { TagList: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  },
} satisfies Operations<SsmApi>;

/** The name of the parameter. */
function requireTagged(ctx: OperationContext, type: ResourceTypeForTagging, id: string): string {
  if (type !== 'Parameter') throw notBuilt(`tags of the resource type ${type}`);
  const name = storedName(ctx, id);
  if (name === undefined) throw invalidResourceId();
  return name;
}

type Tags = ParameterSpec['tags'];

function changeTags(ctx: OperationContext, name: string, change: (tags: Tags) => Tags): void {
  ctx.table(parameters).update(name, (spec) => ({ ...spec, tags: change(spec.tags) }));
}
