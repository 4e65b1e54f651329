// Parameters and their versions. A parameter's row holds what all versions share; each version has a row of its own, so
// that a hundred of them do not have to be rewritten for one more.

import { defineSpecTable, type Row } from '../../kernel/table.ts';

export type ParameterType = 'String' | 'StringList';

export interface ParameterSpec {
  readonly type: ParameterType;
  readonly latestVersion: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** By name: `/a/b`, or `a`. */
export const parameters = defineSpecTable<ParameterSpec>({ name: 'ssm.parameters' });

export interface ParameterVersionSpec {
  readonly parameterName: string;
  readonly version: number;
  readonly value: string;
  readonly description?: string;
  readonly allowedPattern?: string;
  /** `text` or `aws:ec2:image`. */
  readonly dataType: string;
  readonly tier: 'Standard' | 'Advanced';
  readonly labels: readonly string[];
  readonly lastModifiedMs: number;
  /** An ARN. */
  readonly lastModifiedUser: string;
}

export const parameterVersions = defineSpecTable<ParameterVersionSpec>({
  name: 'ssm.parameterVersions',
  indexes: { byParameter: (row) => [row.spec.parameterName] },
});

export type ParameterVersionRow = Row<ParameterVersionSpec, null>;

/** Versions of one parameter are in order by their ids. A name has no colon. */
export function parameterVersionId(name: string, version: number): string {
  return `${name}:${String(version).padStart(12, '0')}`;
}
