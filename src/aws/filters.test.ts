import { describe, expect, it } from 'vitest';
import { compileFilters, type FilterFields } from './filters.ts';

interface Machine {
  readonly id: string;
  readonly state: string;
  readonly groups: readonly string[];
  readonly vpcId?: string;
  readonly tags: Readonly<Record<string, string>>;
}

const fields: FilterFields<Machine> = {
  'instance-id': (row) => row.id,
  'instance-state-name': (row) => row.state,
  'group-id': (row) => row.groups,
  'vpc-id': (row) => row.vpcId,
};
const tagsOf = (row: Machine) => row.tags;

const machines: readonly Machine[] = [
  { id: 'i-1', state: 'running', groups: ['sg-1', 'sg-2'], vpcId: 'vpc-1', tags: { Name: 'web-1', env: 'prod' } },
  { id: 'i-2', state: 'stopped', groups: ['sg-2'], vpcId: 'vpc-2', tags: { Name: 'web-2', Env: 'prod' } },
  { id: 'i-3', state: 'running', groups: [], tags: { 'with*star': '' } },
];

const matching = (...filters: { Name?: string; Values?: string[] }[]) =>
  machines.filter(compileFilters(filters, fields, tagsOf)).map((row) => row.id);

describe('compileFilters', () => {
  it('matches everything without filters', () => {
    expect(machines.filter(compileFilters(undefined, fields))).toHaveLength(3);
    expect(matching()).toEqual(['i-1', 'i-2', 'i-3']);
  });

  it('is OR within a filter, AND between filters', () => {
    expect(matching({ Name: 'instance-state-name', Values: ['running', 'stopped'] })).toEqual(['i-1', 'i-2', 'i-3']);
    expect(
      matching({ Name: 'instance-state-name', Values: ['running'] }, { Name: 'group-id', Values: ['sg-2'] }),
    ).toEqual(['i-1']);
    expect(matching({ Name: 'group-id', Values: ['sg-1', 'sg-9'] })).toEqual(['i-1']);
  });

  it('knows wildcards, and is case-sensitive', () => {
    expect(matching({ Name: 'tag:Name', Values: ['web-*'] })).toEqual(['i-1', 'i-2']);
    expect(matching({ Name: 'instance-state-name', Values: ['Running'] })).toEqual([]);
    expect(matching({ Name: 'tag-key', Values: ['with\\*star'] })).toEqual(['i-3']);
    expect(matching({ Name: 'instance-id', Values: ['i-1', '*3'] })).toEqual(['i-1', 'i-3']);
  });

  it('knows tags', () => {
    expect(matching({ Name: 'tag:env', Values: ['prod'] })).toEqual(['i-1']);
    expect(matching({ Name: 'tag-key', Values: ['env', 'Env'] })).toEqual(['i-1', 'i-2']);
    expect(matching({ Name: 'tag-value', Values: ['prod'] })).toEqual(['i-1', 'i-2']);
    expect(matching({ Name: 'tag:with*star', Values: [''] })).toEqual(['i-3']);
    expect(matching({ Name: 'tag:constructor', Values: ['*'] })).toEqual([]);
  });

  it('does not match a row that lacks what is asked for', () => {
    expect(matching({ Name: 'vpc-id', Values: ['*'] })).toEqual(['i-1', 'i-2']);
  });

  it('matches nothing without values, as AWS', () => {
    expect(matching({ Name: 'vpc-id' })).toEqual([]);
    expect(matching({ Name: 'group-id', Values: [] })).toEqual([]);
    expect(matching({ Name: 'tag:env' })).toEqual([]);
  });

  it.each([['foo'], ['constructor'], ['tag:'], ['Instance-Id']])('refuses the unknown filter %s', (Name) => {
    expect(() => matching({ Name, Values: ['x'] })).toThrowError(
      expect.objectContaining({ code: 'InvalidParameterValue', message: `The filter '${Name}' is invalid` }),
    );
  });

  it('refuses a filter without a name, and tag filters of what has no tags', () => {
    expect(() => matching({ Values: ['x'] })).toThrow(`The filter 'null' is invalid`);
    expect(() => compileFilters([{ Name: 'tag:Name', Values: ['x'] }], fields)).toThrow(
      `The filter 'tag:Name' is invalid`,
    );
  });

  it('takes 200 values and no more', () => {
    const values = Array.from({ length: 200 }, (_, i) => `i-${i}`);
    expect(matching({ Name: 'instance-id', Values: values })).toEqual(['i-1', 'i-2', 'i-3']);
    expect(() => matching({ Name: 'instance-id', Values: values }, { Name: 'vpc-id', Values: ['x'] })).toThrowError(
      expect.objectContaining({
        code: 'FilterLimitExceeded',
        message: 'The maximum number of filter values specified on a single call is 200',
      }),
    );
  });

  it('filters 10,000 rows within the pause that is allowed', () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => ({
      ...machines[i % 3]!,
      id: `i-${String(i).padStart(17, '0')}`,
    }));
    const isMatch = compileFilters(
      [
        { Name: 'instance-state-name', Values: ['running', 'pending'] },
        { Name: 'tag:Name', Values: ['web-*', '*x?', 'a*b*c'] },
      ],
      fields,
      tagsOf,
    );
    // The best of several, and of the processor's time: neither another process nor a collection of garbage counts.
    const takenMs = Array.from({ length: 5 }, () => {
      const before = process.cpuUsage();
      expect(rows.filter(isMatch)).toHaveLength(3334);
      return process.cpuUsage(before).user / 1000;
    });
    expect(Math.min(...takenMs)).toBeLessThan(50);
  });
});
