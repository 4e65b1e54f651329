// The filters of Describe operations, as EC2 has them: OR between the values of a filter, AND between filters, wildcards,
// tags. Compiled once for a request, so that a row costs a few comparisons.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html

import { awsError } from './errors.ts';
import { compileWildcard } from './wildcard.ts';

export interface Filter {
  readonly Name?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

/** The values of a row that a filter looks at: none, one, or several of which one must match. */
export type FilterField<Row> = (row: Row) => string | readonly string[] | undefined;

export type FilterFields<Row> = Readonly<Record<string, FilterField<Row>>>;

export type Tags = Readonly<Record<string, string>>;

const mostValues = 200;

/**
 * `fields` names the filters that the operation has. `tag:KEY`, `tag-key` and `tag-value` come with `tagsOf`; without
 * it they are unknown, as they are for operations whose resources have no tags.
 */
export function compileFilters<Row>(
  filters: readonly Filter[] | undefined,
  fields: FilterFields<Row>,
  tagsOf?: (row: Row) => Tags,
): (row: Row) => boolean {
  if (!filters || filters.length === 0) return () => true;
  const valueCount = filters.reduce((count, filter) => count + (filter.Values?.length ?? 0), 0);
  if (valueCount > mostValues) {
    throw awsError(
      'FilterLimitExceeded',
      `The maximum number of filter values specified on a single call is ${mostValues}`,
    );
  }
  const tests = filters.map((filter) => compileFilter(filter, fields, tagsOf));
  return (row) => tests.every((test) => test(row));
}

function compileFilter<Row>(
  filter: Filter,
  fields: FilterFields<Row>,
  tagsOf: ((row: Row) => Tags) | undefined,
): (row: Row) => boolean {
  const field = fieldOf(filter.Name, fields, tagsOf);
  const isMatch = compileValues(filter.Values);
  return (row) => {
    const value = field(row);
    if (value === undefined) return false;
    return typeof value === 'string' ? isMatch(value) : value.some(isMatch);
  };
}

function fieldOf<Row>(
  name: string | undefined,
  fields: FilterFields<Row>,
  tagsOf: ((row: Row) => Tags) | undefined,
): FilterField<Row> {
  if (name !== undefined && Object.hasOwn(fields, name)) return fields[name]!;
  if (name !== undefined && tagsOf) {
    if (name === 'tag-key') return (row) => Object.keys(tagsOf(row));
    if (name === 'tag-value') return (row) => Object.values(tagsOf(row));
    if (name.startsWith('tag:') && name.length > 4) {
      const key = name.slice(4);
      return (row) => {
        const tags = tagsOf(row);
        return Object.hasOwn(tags, key) ? tags[key] : undefined;
      };
    }
  }
  throw awsError('InvalidParameterValue', `The filter '${name ?? 'null'}' is invalid`);
}

/** One of the values must match, so nothing matches a filter without values. */
function compileValues(values: readonly string[] = []): (value: string) => boolean {
  const plain = new Set(values.filter((value) => !/[*?\\]/.test(value)));
  const patterns = values.filter((value) => !plain.has(value)).map(compileWildcard);
  if (patterns.length === 0) return (value) => plain.has(value);
  return (value) => plain.has(value) || patterns.some((isMatch) => isMatch(value));
}
