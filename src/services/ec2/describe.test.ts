import { describe, expect, it } from 'vitest';
import type { OperationContext } from '../../aws/operation.ts';
import type { Row } from '../../kernel/table.ts';
import { describeRows } from './describe.ts';
import { classicPaging, rulePaging, vpcPaging } from './describe-paging.ts';
import { createTestRegion, errorOf } from './region.testing.ts';
import { applyTagSpecifications, forgetTags, kindOfId, resourceKinds } from './resources.ts';
import { tagsOf } from './tags.table.ts';
import { type SubnetSpec, subnets } from './vpcs.table.ts';

const idOf = (n: number): string => `subnet-0${n.toString(16).padStart(16, '0')}`;

function createSubnets(count: number) {
  const region = createTestRegion();
  region.call((ctx) => {
    for (let n = 0; n < count; n++) {
      ctx.table(subnets).insert(idOf(n), {
        vpcId: n % 2 ? 'vpc-odd' : 'vpc-even',
        cidrBlock: '10.0.0.0/24',
        availabilityZone: 'us-east-1a',
        availabilityZoneId: 'use1-az6',
        defaultForAz: false,
        mapPublicIpOnLaunch: false,
      });
    }
  });
  return region;
}

interface Input {
  readonly ids?: readonly string[];
  readonly MaxResults?: number;
  readonly NextToken?: string;
  readonly Filters?: readonly { readonly Name: string; readonly Values: readonly string[] }[];
}

const list = (ctx: OperationContext, input: Input, described: string[] = [], paging = vpcPaging('SubnetIds')) =>
  describeRows(ctx, {
    operation: 'DescribeSubnets',
    kind: resourceKinds.subnet,
    input,
    ids: input.ids,
    fields: { 'vpc-id': (row: Row<SubnetSpec, null>) => row.spec.vpcId },
    paging,
    describe: (row) => {
      described.push(row.id);
      return row.id;
    },
  });

describe('describeRows', () => {
  it('answers with all rows when nothing is asked for', () => {
    const region = createSubnets(12);
    const { described, nextToken } = region.call((ctx) => list(ctx, {}));
    expect(described).toHaveLength(12);
    expect(nextToken).toBeUndefined();
  });

  it('goes through all pages without describing more than a page at a time', () => {
    const region = createSubnets(23);
    const seen: string[] = [];
    let token: string | undefined;
    let pages = 0;
    do {
      const touched: string[] = [];
      const page = region.call((ctx) =>
        list(ctx, { MaxResults: 5, ...(token !== undefined && { NextToken: token }) }, touched),
      );
      expect(touched.length).toBeLessThanOrEqual(5);
      seen.push(...page.described);
      token = page.nextToken;
      pages += 1;
    } while (token !== undefined);
    expect(pages).toBe(5);
    expect(seen).toEqual(Array.from({ length: 23 }, (_, n) => idOf(n)));
  });

  it('filters before it counts, and by tags', () => {
    const region = createSubnets(20);
    const odd = { Filters: [{ Name: 'vpc-id', Values: ['vpc-o*'] }], MaxResults: 6 };
    const first = region.call((ctx) => list(ctx, odd));
    expect(first.described).toHaveLength(6);
    const second = region.call((ctx) => list(ctx, { ...odd, NextToken: first.nextToken as string }));
    expect(second.described).toHaveLength(4);
    region.call((ctx) =>
      applyTagSpecifications(ctx, 'subnet', idOf(3), [
        { ResourceType: 'subnet', Tags: [{ Key: 'Name', Value: 'three' }] },
      ]),
    );
    const tagged = region.call((ctx) => list(ctx, { Filters: [{ Name: 'tag:Name', Values: ['three', 'four'] }] }));
    expect(tagged.described).toEqual([idOf(3)]);
    const unknown = () => region.call((ctx) => list(ctx, { Filters: [{ Name: 'colour', Values: ['red'] }] }));
    expect(errorOf(unknown)).toBe("InvalidParameterValue: The filter 'colour' is invalid");
  });

  it('answers for ids in the order asked, each once, and filters those too', () => {
    const region = createSubnets(5);
    const asked = region.call((ctx) => list(ctx, { ids: [idOf(4), idOf(1), idOf(4)] }));
    expect(asked.described).toEqual([idOf(4), idOf(1)]);
    const filtered = region.call((ctx) =>
      list(ctx, { ids: [idOf(4), idOf(1)], Filters: [{ Name: 'vpc-id', Values: ['vpc-odd'] }] }),
    );
    expect(filtered.described).toEqual([idOf(1)]);
  });

  it('names ids that are malformed, and then all that are missing', () => {
    const region = createSubnets(1);
    const ask = (...ids: string[]) => errorOf(() => region.call((ctx) => list(ctx, { ids })));
    expect(ask(idOf(9), 'nonsense')).toBe('InvalidSubnetID.Malformed: Invalid id: "nonsense" (expecting "subnet-...")');
    expect(ask(idOf(0), idOf(9))).toBe(`InvalidSubnetID.NotFound: The subnet ID '${idOf(9)}' does not exist`);
    expect(ask(idOf(8), idOf(9))).toBe(
      `InvalidSubnetID.NotFound: The subnet IDs '${idOf(8)}, ${idOf(9)}' do not exist`,
    );
  });

  it('refuses page sizes and tokens in the words of the dialect', () => {
    const region = createSubnets(7);
    const ask = (input: Input, paging = vpcPaging('SubnetIds')) =>
      errorOf(() => region.call((ctx) => list(ctx, input, [], paging)));
    expect(ask({ MaxResults: 4 })).toBe(
      'InvalidParameterValue: Value ( 4 ) for parameter MaxResults is invalid. Expecting a value greater than or equal to 5.',
    );
    expect(ask({ MaxResults: 1001 })).toContain('Expecting a value smaller than or equal to 1000.');
    expect(ask({ MaxResults: 5, ids: [idOf(0)] })).toBe(
      'InvalidParameterCombination: The parameter SubnetIds cannot be used with the parameter MaxResults',
    );
    expect(ask({ NextToken: 'garbage' })).toBe(
      'InvalidParameterValue: Value ( garbage ) for parameter NextToken is invalid. The token is invalid.',
    );
    const classic = classicPaging('instancesSet');
    expect(ask({ MaxResults: 4 }, classic)).toBe(
      'InvalidParameterValue: Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5.',
    );
    expect(ask({ MaxResults: 5, ids: [idOf(0)] }, classic)).toContain('instancesSet cannot be used');
    expect(ask({ NextToken: 'garbage' }, rulePaging('securityGroupRuleIds'))).toBe(
      "InvalidPaginationToken: Next token 'garbage' is invalid",
    );
  });

  it('takes a page token only in the region that it was given in', () => {
    const region = createSubnets(7);
    const { nextToken } = region.call((ctx) => list(ctx, { MaxResults: 5 }));
    const abroad = region.elsewhere({ region: 'eu-west-1' });
    expect(errorOf(() => abroad.call((ctx) => list(ctx, { NextToken: nextToken as string })))).toContain(
      'The token is invalid',
    );
  });
});

describe('resources', () => {
  it('know what an id stands for', () => {
    expect(kindOfId('sg-0123456789abcdef0')?.resourceType).toBe('security-group');
    expect(kindOfId('i-12345678')?.resourceType).toBe('instance');
    expect(kindOfId('sg-xyz')).toBeUndefined();
    expect(kindOfId('nonsense')).toBeUndefined();
  });

  it('take tags for what they are only', () => {
    const region = createSubnets(1);
    const apply = (specification: Parameters<typeof applyTagSpecifications>[3]) =>
      region.call((ctx) => applyTagSpecifications(ctx, 'subnet', idOf(0), specification));
    expect(errorOf(() => apply([{ ResourceType: 'vpc', Tags: [{ Key: 'a' }] }]))).toBe(
      "InvalidParameterValue: 'vpc' is not a valid taggable resource type for this operation.",
    );
    expect(errorOf(() => apply([{ Tags: [{ Key: 'a' }] }]))).toContain('resource type must have a value');
    expect(errorOf(() => apply([{ ResourceType: 'subnet' }]))).toContain('must have at least one tag');
    expect(errorOf(() => apply([{ ResourceType: 'subnet', Tags: [{ Key: 'aws:x', Value: '' }] }]))).toContain('aws:');
    apply([{ ResourceType: 'subnet', Tags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] }]);
    expect(region.call((ctx) => tagsOf(ctx, idOf(0)))).toEqual({ a: '1', b: '' });
    region.call((ctx) => forgetTags(ctx, idOf(0)));
    expect(region.call((ctx) => tagsOf(ctx, idOf(0)))).toEqual({});
  });
});
