// GetParametersByPath, DescribeParameters, GetParameterHistory: the operations that page.

import type { OperationContext, Operations } from '../../aws/operation.ts';
import { type PageRequest, paginate } from '../../aws/paginate.ts';
import type { Parameter, ParameterMetadata, SsmApi } from '../../generated/ssm.types.ts';
import type { Row } from '../../kernel/table.ts';
import { compileOldFilters, compileParameterFilters, type FilteredParameter } from './parameter-filters.ts';
import { checkPath, isBelow } from './parameter-names.ts';
import { publicParameters } from './parameters.facts.ts';
import {
  type ParameterSpec,
  type ParameterVersionRow,
  type ParameterVersionSpec,
  parameters,
} from './parameters.table.ts';
import {
  describeParameter,
  describePublic,
  parameterArn,
  requireStoredName,
  requireVersion,
  versionsOf,
} from './parameters.ts';
import { invalidNextToken, validationException } from './ssm.errors.ts';

export const parameterListOperations = {
  GetParametersByPath(ctx, { Path, Recursive = false, ParameterFilters, MaxResults, NextToken }) {
    checkPath(Path);
    const matches = compileParameterFilters(ParameterFilters, ['KeyId', 'Label', 'Type']);
    const labels = ParameterFilters?.find(({ Key }) => Key === 'Label')?.Values;
    const isPublic = Path.startsWith('/aws/');
    const page = pageOf<PathEntry>(ctx, 'GetParametersByPath', { MaxResults, NextToken }, [10, 10], {
      rows: (afterId) => (isPublic ? listPublic(ctx, afterId) : listOwn(ctx, afterId, labels)),
      where: ({ id, filtered }) => isBelow(id, Path, Recursive) && matches(filtered),
    });
    return { Parameters: page.rows.map(({ parameter }) => parameter()), NextToken: page.nextToken };
  },

  DescribeParameters(ctx, { Filters, ParameterFilters, MaxResults, NextToken }) {
    if (Filters?.length && ParameterFilters?.length) {
      throw validationException('You can use either Filters or ParameterFilters in a single request.');
    }
    const matches = Filters?.length
      ? compileOldFilters(Filters)
      : compileParameterFilters(ParameterFilters, ['DataType', 'KeyId', 'Name', 'Path', 'Tier', 'Type', 'tag:']);
    const page = pageOf<Row<ParameterSpec, null>>(ctx, 'DescribeParameters', { MaxResults, NextToken }, [10, 50], {
      rows: (afterId) => ctx.table(parameters).list(afterId),
      where: (row) => matches(filteredOf(ctx, row, latestOf(ctx, row))),
    });
    return { Parameters: page.rows.map((row) => describeMetadata(ctx, row)), NextToken: page.nextToken };
  },

  GetParameterHistory(ctx, { Name, MaxResults, NextToken }) {
    const name = requireStoredName(ctx, Name);
    const page = pageOf<ParameterVersionRow>(ctx, `GetParameterHistory/${name}`, { MaxResults, NextToken }, [50, 50], {
      rows: (afterId = '') => versionsOf(ctx, name).filter(({ id }) => id > afterId),
    });
    const { spec: shared } = ctx.table(parameters).get(name) as Row<ParameterSpec, null>;
    const Parameters = page.rows.map(({ spec }) => ({
      ...commonMetadata(shared, spec),
      Value: spec.value,
      Labels: spec.labels,
    }));
    return { Parameters, NextToken: page.nextToken };
  },
} satisfies Operations<SsmApi>;

/** A parameter below a path, a user's or a public one. */
interface PathEntry {
  /** Its name. */
  readonly id: string;
  readonly filtered: FilteredParameter;
  readonly parameter: () => Parameter;
}

/** In their latest versions, or in those that have one of the labels. */
function* listOwn(
  ctx: OperationContext,
  afterName: string | undefined,
  labels: readonly string[] | undefined,
): Iterable<PathEntry> {
  const isAsked = ({ spec }: ParameterVersionRow) => spec.labels.some((label) => labels?.includes(label));
  for (const row of ctx.table(parameters).list(afterName)) {
    const spec = (labels && versionsOf(ctx, row.id).find(isAsked)?.spec) ?? latestOf(ctx, row);
    yield {
      id: row.id,
      filtered: filteredOf(ctx, row, spec),
      parameter: () => describeParameter(ctx, row.spec.type, spec),
    };
  }
}

function* listPublic(ctx: OperationContext, afterName = ''): Iterable<PathEntry> {
  for (const found of publicParameters(ctx.region).values()) {
    if (found.name <= afterName) continue;
    const { name, dataType } = found;
    const filtered = { name, type: 'String', tier: 'Standard', dataType, labels: () => [], tags: {} };
    yield { id: name, filtered, parameter: () => describePublic(ctx, found) };
  }
}

function latestOf(ctx: OperationContext, { id, spec }: Row<ParameterSpec, null>): ParameterVersionSpec {
  return requireVersion(ctx, id, spec.latestVersion).spec;
}

function filteredOf(
  ctx: OperationContext,
  { id, spec }: Row<ParameterSpec, null>,
  { tier, dataType }: ParameterVersionSpec,
): FilteredParameter {
  const labels = () => versionsOf(ctx, id).flatMap((version) => version.spec.labels);
  return { name: id, type: spec.type, tier, dataType, labels, tags: spec.tags };
}

function describeMetadata(ctx: OperationContext, row: Row<ParameterSpec, null>): ParameterMetadata {
  return { ...commonMetadata(row.spec, latestOf(ctx, row)), ARN: parameterArn(ctx, row.id) };
}

function commonMetadata({ type }: ParameterSpec, spec: ParameterVersionSpec): Omit<ParameterMetadata, 'ARN'> {
  return {
    Name: spec.parameterName,
    Type: type,
    Version: spec.version,
    LastModifiedDate: spec.lastModifiedMs,
    LastModifiedUser: spec.lastModifiedUser,
    Description: spec.description,
    AllowedPattern: spec.allowedPattern,
    Tier: spec.tier,
    DataType: spec.dataType,
    Policies: [],
  };
}

/** The model itself refuses a MaxResults that is out of bounds. */
function pageOf<Found extends { readonly id: string }>(
  ctx: OperationContext,
  operation: string,
  input: { readonly MaxResults: number | undefined; readonly NextToken: string | undefined },
  [usual, most]: readonly [usual: number, most: number],
  list: Pick<PageRequest<Found>, 'rows' | 'where'>,
) {
  return paginate<Found>({
    ...list,
    maxResults: input.MaxResults,
    nextToken: input.NextToken || undefined,
    scope: `ssm:${operation}/${ctx.account}/${ctx.region}`,
    bounds: { min: 1, max: most, default: usual },
    errors: {
      invalidToken: invalidNextToken,
      invalidMaxResults: () => validationException('MaxResults is too small.'),
    },
  });
}
