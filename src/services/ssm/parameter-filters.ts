// The filters of parameters: a key, how to compare, and values of which one must match.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html

import { type AwsError, awsError } from '../../aws/errors.ts';
import type { ParameterStringFilter, ParametersFilter } from '../../generated/ssm.types.ts';
import { checkPath, isBelow } from './parameter-names.ts';
import { validationException } from './ssm.errors.ts';

/** What filters look at. */
export interface FilteredParameter {
  readonly name: string;
  readonly type: string;
  readonly tier: string;
  readonly dataType: string;
  /** Of all versions. Looked up only when somebody filters by them. */
  readonly labels: () => readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

export type ParameterTest = (parameter: FilteredParameter) => boolean;

type Compare = (actual: string, wanted: string) => boolean;

const comparisons: Readonly<Record<string, Compare>> = {
  Equals: (actual, wanted) => actual === wanted,
  BeginsWith: (actual, wanted) => actual.startsWith(wanted),
  Contains: (actual, wanted) => actual.includes(wanted),
  OneLevel: (actual, wanted) => isBelow(actual, wanted, false),
  Recursive: (actual, wanted) => isBelow(actual, wanted, true),
};

interface Key {
  /** The first is what an absent option means. */
  readonly options: readonly string[];
  /** As the error names them; in the order of the alphabet unless given. */
  readonly shownOptions?: readonly string[];
  /** What may be asked for; anything when absent. */
  readonly known?: readonly string[];
  readonly values: (parameter: FilteredParameter) => readonly string[];
}

const exact = ['Equals', 'BeginsWith'];

const keys: Readonly<Record<string, Key>> = {
  Name: { options: [...exact, 'Contains'], values: ({ name }) => [name] },
  Type: { options: exact, known: ['String', 'StringList', 'SecureString'], values: ({ type }) => [type] },
  // Only SecureString parameters have one.
  KeyId: { options: exact, values: () => [] },
  Path: {
    options: ['OneLevel', 'Recursive'],
    shownOptions: ['Recursive', 'OneLevel'],
    values: ({ name }) => [name],
  },
  Label: { options: ['Equals'], values: ({ labels }) => labels() },
  Tier: { options: exact, known: ['Standard', 'Advanced', 'Intelligent-Tiering'], values: ({ tier }) => [tier] },
  DataType: { options: exact, values: ({ dataType }) => [dataType] },
};

/** `valid` are the keys that the operation has, `tag:` for all tags. */
export function compileParameterFilters(
  filters: readonly ParameterStringFilter[] | undefined,
  valid: readonly string[],
): ParameterTest {
  const names = (filters ?? []).map(({ Key }) => Key);
  const duplicate = names.find((name, i) => names.indexOf(name) !== i);
  if (duplicate !== undefined) {
    throw invalidFilterKey(
      `The following filter is duplicated in the request: ${duplicate}. A request can contain only one occurrence of a specific filter.`,
    );
  }
  const tests = (filters ?? []).map((filter) => compileFilter(filter, valid));
  return (parameter) => tests.every((test) => test(parameter));
}

function compileFilter({ Key, Option, Values }: ParameterStringFilter, valid: readonly string[]): ParameterTest {
  const tagKey = Key.startsWith('tag:') ? Key.slice('tag:'.length) : undefined;
  const key = tagKey === undefined ? keys[Key] : tagFilterKey(tagKey);
  if (!key || !valid.includes(tagKey === undefined ? Key : 'tag:')) {
    throw invalidFilterKey(
      `The following filter key is not valid: ${Key}. Valid filter keys include: [${valid.join(', ')}].`,
    );
  }
  const option = Option ?? (key.options[0] as string);
  const compare = key.options.includes(option) ? comparisons[option] : undefined;
  if (!compare) {
    throw awsError(
      'InvalidFilterOption',
      `The following filter option is not valid: ${option}. Valid options include: [${(key.shownOptions ?? key.options.toSorted()).join(', ')}].`,
    );
  }
  if (!Values || Values.length === 0) {
    if (tagKey !== undefined) return ({ tags }) => Object.hasOwn(tags, tagKey);
    throw invalidFilterValue(`The following filter values are missing : null for filter key ${Key}`);
  }
  if (Key === 'Path') Values.forEach(checkFilteredPath);
  if (key.known && option === 'Equals') checkKnown(key.known, Values);
  return (parameter) => key.values(parameter).some((actual) => Values.some((wanted) => compare(actual, wanted)));
}

function checkFilteredPath(path: string): void {
  if (/^\/(?:aws|ssm)/i.test(path)) {
    throw validationException(
      'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, please specify within a global namespace.',
    );
  }
  checkPath(path);
}

function checkKnown(known: readonly string[], values: readonly string[]): void {
  const unknown = values.find((value) => !known.includes(value));
  if (unknown === undefined) return;
  throw invalidFilterValue(
    `The following filter value is not valid: ${unknown}. Valid values include: [${known.join(', ')}].`,
  );
}

function tagFilterKey(tagKey: string): Key {
  return { options: exact, values: ({ tags }) => (Object.hasOwn(tags, tagKey) ? [tags[tagKey] as string] : []) };
}

/** DescribeParameters' older filters: names by how they begin, the rest by what they are. */
export function compileOldFilters(filters: readonly ParametersFilter[] | undefined): ParameterTest {
  return compileParameterFilters(
    filters?.map(({ Key, Values }) => ({ Key, Values, Option: Key === 'Name' ? 'BeginsWith' : 'Equals' })),
    ['Name', 'Type', 'KeyId'],
  );
}

function invalidFilterValue(message: string): AwsError {
  return awsError('InvalidFilterValue', message);
}

function invalidFilterKey(message: string): AwsError {
  return awsError('InvalidFilterKey', message);
}
