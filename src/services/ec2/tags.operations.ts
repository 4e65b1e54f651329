// CreateTags, DeleteTags, DescribeTags: of any kind of EC2 resource, by its id.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html

import { awsError } from '../../aws/errors.ts';
import { compileFilters, type FilterFields } from '../../aws/filters.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import { paginate } from '../../aws/paginate.ts';
import { addTags, removeTags } from '../../aws/tags.ts';
import type { Ec2Api } from '../../generated/ec2.types.ts';
import type { Row } from '../../kernel/table.ts';
import { classicPaging } from './describe-paging.ts';
import { missingParameter } from './ec2.errors.ts';
import { instances } from './instances.table.ts';
import { checkMetadataTagKeys } from './metadata-tag-keys.ts';
import { requireRow } from './resource-kind.ts';
import { kindOfId, putTags } from './resources.ts';
import { type ResourceTags, resourceTags, tagsOf } from './tags.table.ts';

export const tagOperations = {
  CreateTags(ctx, { Resources, Tags }) {
    if (Tags.length === 0) throw missingParameter('tag');
    for (const { id, resourceType } of requireResources(ctx, Resources)) {
      const tags = addTags(tagsOf(ctx, id), Tags);
      const instance = ctx.table(instances).get(id);
      if (instance?.spec.metadataOptions.instanceMetadataTags === 'enabled') checkMetadataTagKeys(tags);
      putTags(ctx, resourceType, id, tags);
    }
    return {};
  },

  /** Without tags it removes them all, those of AWS's own excepted. */
  DeleteTags(ctx, { Resources, Tags }) {
    for (const { id, resourceType } of requireResources(ctx, Resources)) {
      putTags(ctx, resourceType, id, removeTags(tagsOf(ctx, id), Tags?.length ? Tags : undefined));
    }
    return {};
  },

  DescribeTags(ctx, { Filters, MaxResults, NextToken }) {
    const paging = classicPaging();
    const page = paginate<OneTag>({
      rows: (afterId) => listTags(ctx, afterId),
      where: compileFilters(Filters, tagFilters, ({ key, value }) => ({ [key]: value })),
      maxResults: MaxResults,
      nextToken: NextToken || undefined,
      scope: `ec2:DescribeTags/${ctx.account}/${ctx.region}`,
      bounds: paging.bounds,
      errors: paging,
    });
    const Tags = page.rows.map(({ key, value, resourceId, resourceType }) => ({
      Key: key,
      Value: value,
      ResourceId: resourceId,
      ResourceType: resourceType,
    }));
    return { Tags, NextToken: page.nextToken };
  },
} satisfies Operations<Ec2Api>;

/** One tag of one resource, as a row of DescribeTags. */
interface OneTag {
  /** The resource's id and the tag's key, in whose order pages go. */
  readonly id: string;
  readonly resourceId: string;
  readonly resourceType: string;
  readonly key: string;
  readonly value: string;
}

const tagFilters: FilterFields<OneTag> = {
  key: ({ key }) => key,
  'resource-id': ({ resourceId }) => resourceId,
  'resource-type': ({ resourceType }) => resourceType,
  value: ({ value }) => value,
};

function* listTags(ctx: OperationContext, afterId: string | undefined): Iterable<OneTag> {
  const rows = ctx.table(resourceTags);
  // The page before may have ended in the middle of a resource's tags.
  const resourceId = afterId?.slice(0, afterId.indexOf(' '));
  const current = resourceId === undefined ? undefined : rows.get(resourceId);
  if (current) yield* tagsOfRow(current).filter(({ id }) => id > (afterId as string));
  for (const row of rows.list(resourceId)) yield* tagsOfRow(row);
}

function tagsOfRow({ id: resourceId, spec: { resourceType, tags } }: Row<ResourceTags, null>): readonly OneTag[] {
  return Object.entries(tags)
    .map(([key, value]) => ({ id: `${resourceId} ${key}`, resourceId, resourceType, key, value }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function requireResources(ctx: OperationContext, ids: readonly string[]) {
  if (ids.length === 0) throw missingParameter('resourceIdSet');
  return [...new Set(ids)].map((id) => {
    const kind = kindOfId(id);
    if (!kind) throw awsError('InvalidID', `The ID '${id}' is not valid`);
    requireRow(ctx, kind, id);
    return { id, resourceType: kind.resourceType };
  });
}
