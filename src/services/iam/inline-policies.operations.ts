// Policies that exist in one user, group or role only: PutUserPolicy, GetRolePolicy, ListGroupPolicies and the others.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { IamApi } from '../../generated/iam.types.ts';
import { checkInlineSize, checkPolicy, encodeDocument } from './documents.ts';
import {
  groupKind,
  type HolderKind,
  inlineDocument,
  requireHolder,
  roleKind,
  updateHolder,
  userKind,
} from './holders.ts';
import { noSuchInlinePolicy } from './iam.errors.ts';
import type { InlinePolicy, PolicyHolder } from './identities.ts';
import { listed, type PageInput, type PageOutput, pageOf } from './pages.ts';

export const inlinePolicyOperations = {
  PutUserPolicy: (ctx, { UserName, PolicyName, PolicyDocument }) =>
    put(ctx, userKind, UserName, { name: PolicyName, document: PolicyDocument }),
  PutGroupPolicy: (ctx, { GroupName, PolicyName, PolicyDocument }) =>
    put(ctx, groupKind, GroupName, { name: PolicyName, document: PolicyDocument }),
  PutRolePolicy: (ctx, { RoleName, PolicyName, PolicyDocument }) =>
    put(ctx, roleKind, RoleName, { name: PolicyName, document: PolicyDocument }),

  GetUserPolicy: (ctx, { UserName, PolicyName }) => ({
    UserName,
    PolicyName,
    PolicyDocument: getDocument(ctx, userKind, UserName, PolicyName),
  }),
  GetGroupPolicy: (ctx, { GroupName, PolicyName }) => ({
    GroupName,
    PolicyName,
    PolicyDocument: getDocument(ctx, groupKind, GroupName, PolicyName),
  }),
  GetRolePolicy: (ctx, { RoleName, PolicyName }) => ({
    RoleName,
    PolicyName,
    PolicyDocument: getDocument(ctx, roleKind, RoleName, PolicyName),
  }),

  DeleteUserPolicy: (ctx, { UserName, PolicyName }) => remove(ctx, userKind, UserName, PolicyName),
  DeleteGroupPolicy: (ctx, { GroupName, PolicyName }) => remove(ctx, groupKind, GroupName, PolicyName),
  DeleteRolePolicy: (ctx, { RoleName, PolicyName }) => remove(ctx, roleKind, RoleName, PolicyName),

  ListUserPolicies: (ctx, input) => list(ctx, userKind, input.UserName, input),
  ListGroupPolicies: (ctx, input) => list(ctx, groupKind, input.GroupName, input),
  ListRolePolicies: (ctx, input) => list(ctx, roleKind, input.RoleName, input),
} satisfies Operations<IamApi>;

function put<Spec extends PolicyHolder>(
  ctx: OperationContext,
  kind: HolderKind<Spec>,
  name: string,
  policy: InlinePolicy,
): Record<never, never> {
  const row = requireHolder(ctx, kind, name);
  kind.checkModifiable?.(row.spec);
  checkPolicy(policy.document, 'identity');
  const others = row.spec.inlinePolicies.filter((other) => other.name !== policy.name);
  const inlinePolicies = [...others, policy];
  const documents = inlinePolicies.map(({ document }) => document);
  checkInlineSize(documents, kind.mostInlineCharacters, kind.word, name);
  updateHolder(ctx, kind, row, { inlinePolicies });
  return {};
}

function getDocument<Spec extends PolicyHolder>(
  ctx: OperationContext,
  kind: HolderKind<Spec>,
  name: string,
  policyName: string,
): string {
  const document = inlineDocument(requireHolder(ctx, kind, name).spec.inlinePolicies, policyName);
  if (document === undefined) throw noSuchInlinePolicy(kind.word, policyName);
  return encodeDocument(document);
}

function remove<Spec extends PolicyHolder>(
  ctx: OperationContext,
  kind: HolderKind<Spec>,
  name: string,
  policyName: string,
): Record<never, never> {
  const row = requireHolder(ctx, kind, name);
  const { inlinePolicies } = row.spec;
  if (inlineDocument(inlinePolicies, policyName) === undefined) throw noSuchInlinePolicy(kind.word, policyName);
  updateHolder(ctx, kind, row, { inlinePolicies: inlinePolicies.filter((policy) => policy.name !== policyName) });
  return {};
}

function list<Spec extends PolicyHolder>(
  ctx: OperationContext,
  kind: HolderKind<Spec>,
  name: string,
  input: PageInput,
): PageOutput & { readonly PolicyNames: readonly string[] } {
  const { id, spec } = requireHolder(ctx, kind, name);
  const names = listed(spec.inlinePolicies, (policy) => policy.name);
  const { rows, page } = pageOf(ctx, `ListInline ${kind.word} ${id}`, input, names);
  return { PolicyNames: rows.map((row) => row.item.name), ...page };
}
