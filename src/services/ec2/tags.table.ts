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

/** As Describe operations show them. */
export function describeTags(
  tags: Readonly<Record<string, string>>,
): readonly { readonly Key: string; readonly Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
