// What is remembered of whoever holds policies.

import type { Tag } from '../../generated/iam.types.ts';
import type { Index } from '../../kernel/table.ts';

export interface InlinePolicy {
  readonly name: string;
  readonly document: string;
}

export interface PolicyHolder {
  /** In the order in which they were attached. */
  readonly attachedPolicyArns: readonly string[];
  readonly inlinePolicies: readonly InlinePolicy[];
}

/** Users and roles. */
export interface Identity extends PolicyHolder {
  readonly name: string;
  readonly path: string;
  /** Of the managed policy that bounds what the others allow. */
  readonly boundaryArn?: string;
  readonly tags: readonly Tag[];
}

export const holdsNothing: PolicyHolder = { attachedPolicyArns: [], inlinePolicies: [] };

export const byPolicy: Index<PolicyHolder, null> = ({ spec }) => spec.attachedPolicyArns;

export const byBoundary: Index<Identity, null> = ({ spec }) =>
  spec.boundaryArn === undefined ? [] : [spec.boundaryArn];
