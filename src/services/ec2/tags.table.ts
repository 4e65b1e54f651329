// Tags of every kind of EC2 resource, by the resource's id.

import type { OperationContext } from '../../aws/operation.ts';
import { defineSpecTable } from '../../kernel/table.ts';

export interface ResourceTags {
  /** As in DescribeTags: `instance`, `security-group`, … */
  readonly resourceType: string;
  readonly tags: Readonly<Record<string, string>>;
}

export const resourceTags = defineSpecTable<ResourceTags>({ name: 'ec2.tags' });

export function tagsOf(ctx: OperationContext, resourceId: string): Readonly<Record<string, string>> {
  return ctx.table(resourceTags).get(resourceId)?.spec.tags ?? {};
}

interface DescribedTag {
  readonly Key: string;
  readonly Value: string;
}

/** As Describe operations show them. */
export function describeTags(tags: Readonly<Record<string, string>>): readonly DescribedTag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** As those show them that leave the member out of what has no tags: of instances, volumes, VPCs, subnets, groups. */
export function describeTagsIfAny(tags: Readonly<Record<string, string>>): readonly DescribedTag[] | undefined {
  const described = describeTags(tags);
  return described.length > 0 ? described : undefined;
}
