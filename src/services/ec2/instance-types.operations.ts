// DescribeInstanceTypes and DescribeInstanceTypeOfferings: facts, which differ only by region.

import { awsError } from '../../aws/errors.ts';
import { compileFilters, type FilterFields } from '../../aws/filters.ts';
import type { Operations } from '../../aws/operation.ts';
import { paginate } from '../../aws/paginate.ts';
import type { Ec2Api, InstanceTypeInfo, InstanceTypeOffering, LocationType } from '../../generated/ec2.types.ts';
import { classicPaging } from './describe-paging.ts';
import { invalidParameterCombination } from './ec2.errors.ts';
import { instanceTypeFilters } from './instance-types.filters.ts';
import { getInstanceType, instanceTypeNames, instanceTypesOffered, zonesOffering } from './instance-types.ts';

export const instanceTypeOperations = {
  DescribeInstanceTypes(ctx, { InstanceTypes = [], Filters, MaxResults, NextToken, IncludeUnsupportedInRegion }) {
    const isOffered = (name: string) => zonesOffering(name, ctx.region).length > 0;
    const matches = compileFilters(Filters, instanceTypeFilters);
    if (InstanceTypes.length > 0) {
      if (MaxResults !== undefined) {
        throw invalidParameterCombination('The parameter instanceTypes cannot be used with the parameter maxResults');
      }
      const unknown = InstanceTypes.filter(
        (name) => !getInstanceType(name) || !(IncludeUnsupportedInRegion || isOffered(name)),
      );
      if (unknown.length > 0) {
        throw awsError(
          'InvalidInstanceType',
          `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
        );
      }
      return {
        InstanceTypes: [...new Set(InstanceTypes)].map((name) => infoOf(name, isOffered(name))).filter(matches),
      };
    }
    const names = IncludeUnsupportedInRegion ? instanceTypeNames() : instanceTypesOffered(ctx.region);
    const page = paginate<{ readonly id: string; readonly info: InstanceTypeInfo }>({
      rows: (afterId) => after(names, afterId, (name) => ({ id: name, info: infoOf(name, isOffered(name)) })),
      where: ({ info }) => matches(info),
      ...pageOf('DescribeInstanceTypes', ctx.region, MaxResults, NextToken, { min: 5, max: 100, default: 100 }),
    });
    return { InstanceTypes: page.rows.map(({ info }) => info), NextToken: page.nextToken };
  },

  DescribeInstanceTypeOfferings(ctx, { LocationType = 'region', Filters, MaxResults, NextToken }) {
    const matches = compileFilters(Filters, offeringFilters);
    const offerings = instanceTypesOffered(ctx.region).flatMap((InstanceType) =>
      locationsOf(InstanceType, ctx.region, LocationType).map((Location) => ({ InstanceType, LocationType, Location })),
    );
    const byId = new Map(
      offerings.filter(matches).map((offering) => [`${offering.InstanceType} ${offering.Location}`, offering]),
    );
    const page = paginate<{ readonly id: string; readonly offering: InstanceTypeOffering }>({
      rows: (afterId) =>
        after([...byId.keys()].sort(), afterId, (id) => ({ id, offering: byId.get(id) as InstanceTypeOffering })),
      ...pageOf('DescribeInstanceTypeOfferings', ctx.region, MaxResults, NextToken, {
        min: 5,
        max: 1000,
        default: 1000,
      }),
    });
    return { InstanceTypeOfferings: page.rows.map(({ offering }) => offering), NextToken: page.nextToken };
  },
} satisfies Operations<Ec2Api>;

function infoOf(name: string, isOffered: boolean): InstanceTypeInfo {
  return { ...(getInstanceType(name) as InstanceTypeInfo), SupportedInRegion: isOffered };
}

function locationsOf(instanceType: string, region: string, locationType: LocationType): readonly string[] {
  switch (locationType) {
    case 'region':
      return [region];
    case 'availability-zone':
      return zonesOffering(instanceType, region).map(({ name }) => name);
    case 'availability-zone-id':
      return zonesOffering(instanceType, region).map(({ id }) => id);
    case 'outpost':
      return [];
  }
}

const offeringFilters: FilterFields<InstanceTypeOffering> = {
  'instance-type': ({ InstanceType }) => InstanceType,
  location: ({ Location }) => Location,
};

function* after<Item>(sorted: readonly string[], afterId: string | undefined, itemOf: (id: string) => Item) {
  for (const id of sorted) if (afterId === undefined || id > afterId) yield itemOf(id);
}

function pageOf(
  operation: string,
  region: string,
  maxResults: number | undefined,
  nextToken: string | undefined,
  bounds: { readonly min: number; readonly max: number; readonly default: number },
) {
  return {
    maxResults,
    nextToken: nextToken || undefined,
    scope: `ec2:${operation}/${region}`,
    bounds,
    errors: classicPaging(),
  };
}
