// The statements that AddPermission writes into a resource's policy, and RemovePermission takes out of it. What may be
// allowed, and what is wrong otherwise, is the service's to say.

interface LabelledStatement {
  readonly Sid?: string;
  readonly [field: string]: unknown;
}

/** A policy that was checked when it was set. */
export interface PolicyWithPermissions {
  readonly Statement: readonly LabelledStatement[];
  readonly [field: string]: unknown;
}

export interface Permission {
  readonly label: string;
  readonly accountIds: readonly string[];
  readonly actions: readonly string[];
}

export function parsePermissions(policy: string): PolicyWithPermissions {
  const document = JSON.parse(policy) as { readonly Statement?: LabelledStatement | readonly LabelledStatement[] };
  const listed = document.Statement ?? [];
  return { ...document, Statement: Array.isArray(listed) ? listed : [listed as LabelledStatement] };
}

export const hasPermission = ({ Statement }: PolicyWithPermissions, label: string): boolean =>
  Statement.some(({ Sid }) => Sid === label);

/** `prefix` is the service's, as its policies have it: `SQS`. */
export function withPermission(
  document: PolicyWithPermissions,
  { label, accountIds, actions }: Permission,
  { prefix, arn }: { readonly prefix: string; readonly arn: string },
): PolicyWithPermissions {
  const statement = {
    Sid: label,
    Effect: 'Allow',
    Principal: { AWS: oneOrMany(accountIds.map((id) => `arn:aws:iam::${id}:root`)) },
    Action: oneOrMany(actions.map((action) => `${prefix}:${action}`)),
    Resource: arn,
  };
  return { ...document, Statement: [...document.Statement, statement] };
}

export function withoutPermission(document: PolicyWithPermissions, label: string): PolicyWithPermissions {
  return { ...document, Statement: document.Statement.filter(({ Sid }) => Sid !== label) };
}

const oneOrMany = (values: readonly string[]): string | readonly string[] =>
  values.length === 1 ? (values[0] as string) : values;
