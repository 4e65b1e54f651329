// Finds parameters, a user's and public ones alike, by whatever a request calls them.

import { formatArn } from '../../aws/arn.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type { Parameter } from '../../generated/ssm.types.ts';
import { parseIso } from '../../kernel/clock.ts';
import { parseReference, spellingsOf } from './parameter-names.ts';
import { type PublicParameter, publicParameters } from './parameters.facts.ts';
import {
  type ParameterType,
  type ParameterVersionRow,
  type ParameterVersionSpec,
  parameters,
  parameterVersionId,
  parameterVersions,
} from './parameters.table.ts';
import { parameterLabelNotFound, parameterNotFound, parameterVersionNotFound, secretNotFound } from './ssm.errors.ts';

/** The name under which a parameter of the user's is kept; undefined when there is none. */
export function storedName(ctx: OperationContext, name: string): string | undefined {
  return spellingsOf(name).find((spelling) => ctx.table(parameters).has(spelling));
}

export function requireStoredName(ctx: OperationContext, name: string): string {
  const stored = storedName(ctx, name);
  if (stored === undefined) throw parameterNotFound();
  return stored;
}

/** In the order of versions. */
export function versionsOf(ctx: OperationContext, name: string): readonly ParameterVersionRow[] {
  return [...ctx.table(parameterVersions).by('byParameter', name)];
}

export function requireVersion(ctx: OperationContext, name: string, version: number): ParameterVersionRow {
  const row = ctx.table(parameterVersions).get(parameterVersionId(name, version));
  if (!row) throw parameterVersionNotFound(name, version);
  return row;
}

/** As GetParameter answers; throws when there is no such parameter, version or label. */
export function requireParameter(ctx: OperationContext, reference: string): Parameter {
  const { names, given, selector } = parseReference(reference);
  const selected = {
    ...(given !== undefined && { Name: given }),
    ...(selector !== undefined && { Selector: selector }),
  };
  for (const name of names) {
    const row = ctx.table(parameters).get(name);
    if (row) {
      const { spec } = selectVersion(ctx, name, row.spec.latestVersion, selector?.slice(1));
      return { ...describeParameter(ctx, row.spec.type, spec), ...selected };
    }
    const publicParameter = publicParameters(ctx.region).get(name);
    if (!publicParameter) continue;
    if (selector !== undefined && selector !== ':1')
      throw parameterVersionNotFound(name, Number(selector.slice(1)) || 0);
    return { ...describePublic(ctx, publicParameter), ...selected };
  }
  const secret = names.find((name) => name.startsWith(secretsPath));
  throw secret === undefined ? parameterNotFound() : secretNotFound(secret);
}

/** Secrets Manager's secrets, of which this cloud has none. */
const secretsPath = '/aws/reference/secretsmanager/';

function selectVersion(
  ctx: OperationContext,
  name: string,
  latestVersion: number,
  selector: string | undefined,
): ParameterVersionRow {
  if (selector === undefined) return requireVersion(ctx, name, latestVersion);
  if (/^\d+$/.test(selector)) return requireVersion(ctx, name, Number(selector));
  const labelled = versionsOf(ctx, name).find(({ spec }) => spec.labels.includes(selector));
  if (!labelled) throw parameterLabelNotFound(name, selector);
  return labelled;
}

export function describeParameter(ctx: OperationContext, type: ParameterType, spec: ParameterVersionSpec): Parameter {
  return {
    Name: spec.parameterName,
    Type: type,
    Value: spec.value,
    Version: spec.version,
    LastModifiedDate: spec.lastModifiedMs,
    ARN: parameterArn(ctx, spec.parameterName),
    DataType: spec.dataType,
  };
}

export function describePublic(
  ctx: OperationContext,
  { name, value, dataType, lastModified }: PublicParameter,
): Parameter {
  return {
    Name: name,
    Type: 'String',
    Value: value,
    Version: 1,
    LastModifiedDate: parseIso(lastModified),
    // Public parameters are of no account.
    ARN: parameterArn({ region: ctx.region, account: '' }, name),
    DataType: dataType,
  };
}

export function parameterArn({ region, account }: Pick<OperationContext, 'region' | 'account'>, name: string): string {
  return formatArn({ service: 'ssm', region, account, resource: `parameter/${name.replace(/^\//, '')}` });
}
