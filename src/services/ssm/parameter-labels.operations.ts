// LabelParameterVersion and UnlabelParameterVersion: a label is on one version of a parameter, and moves when it is put
// on another.

import { awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { SsmApi } from '../../generated/ssm.types.ts';
import { type ParameterVersionRow, parameters, parameterVersions } from './parameters.table.ts';
import { requireStoredName, requireVersion, versionsOf } from './parameters.ts';

export const parameterLabelOperations = {
  LabelParameterVersion(ctx, { Name: spelling, ParameterVersion, Labels }) {
    const Name = requireStoredName(ctx, spelling);
    const { latestVersion = 0 } = ctx.table(parameters).get(Name)?.spec ?? {};
    const target = requireVersion(ctx, Name, ParameterVersion ?? latestVersion);
    const InvalidLabels = Labels.filter((label) => !isLabel(label));
    const labels = Labels.filter(isLabel);
    for (const row of versionsOf(ctx, Name)) {
      if (row.id !== target.id) relabel(ctx, row, (present) => present.filter((label) => !labels.includes(label)));
    }
    relabel(ctx, target, (present) => checkedLabels([...new Set([...present, ...labels])]));
    return { InvalidLabels, ParameterVersion: target.spec.version };
  },

  UnlabelParameterVersion(ctx, { Name, ParameterVersion, Labels }) {
    const row = requireVersion(ctx, requireStoredName(ctx, Name), ParameterVersion);
    const RemovedLabels = Labels.filter((label) => row.spec.labels.includes(label));
    relabel(ctx, row, (present) => present.filter((label) => !Labels.includes(label)));
    return { RemovedLabels, InvalidLabels: Labels.filter((label) => !RemovedLabels.includes(label)) };
  },
} satisfies Operations<SsmApi>;

const mostLabels = 10;

function isLabel(label: string): boolean {
  return /^[A-Za-z_.-][\w.-]*$/.test(label) && !/^(?:aws|ssm)/i.test(label);
}

function checkedLabels(labels: readonly string[]): readonly string[] {
  if (labels.length <= mostLabels) return labels;
  throw awsError(
    'ParameterVersionLabelLimitExceeded',
    'A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.',
  );
}

function relabel(
  ctx: OperationContext,
  { id, spec: { labels } }: ParameterVersionRow,
  change: (labels: readonly string[]) => readonly string[],
): void {
  const changed = change(labels);
  if (changed.length === labels.length && changed.every((label) => labels.includes(label))) return;
  ctx.table(parameterVersions).update(id, (spec) => ({ ...spec, labels: changed }));
}
