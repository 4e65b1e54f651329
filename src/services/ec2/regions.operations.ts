// DescribeRegions and DescribeAvailabilityZones: facts, the same for every account.

import { compileFilters, type FilterFields } from '../../aws/filters.ts';
import type { Operations } from '../../aws/operation.ts';
import type { AvailabilityZone, Ec2Api, Region } from '../../generated/ec2.types.ts';
import { invalidParameterValue } from './ec2.errors.ts';
import { listRegions, type RegionFacts, regionFacts, type ZoneFacts } from './regions.facts.ts';

export const regionOperations = {
  /** Every region works here without an account having to opt in, so none is left out. */
  DescribeRegions(ctx, { RegionNames, Filters }) {
    const regions = listRegions(regionFacts(ctx.region).partition);
    refuseUnknown('region', RegionNames, (name) => regions.some((region) => region.name === name));
    const isAsked = (region: RegionFacts) => !RegionNames?.length || RegionNames.includes(region.name);
    const matches = compileFilters(Filters, regionFilters);
    return { Regions: regions.filter((region) => isAsked(region) && matches(region)).map(describeRegion) };
  },

  DescribeAvailabilityZones(ctx, { ZoneNames, ZoneIds, Filters }) {
    const { zones } = regionFacts(ctx.region);
    refuseUnknown('availability zone', ZoneNames, (name) => zones.some((zone) => zone.name === name));
    refuseUnknown('availability zone-id', ZoneIds, (id) => zones.some((zone) => zone.id === id));
    const isAsked = (zone: ZoneFacts) =>
      (!ZoneNames?.length || ZoneNames.includes(zone.name)) && (!ZoneIds?.length || ZoneIds.includes(zone.id));
    const matches = compileFilters(Filters, zoneFilters);
    return { AvailabilityZones: zones.filter((zone) => isAsked(zone) && matches(zone)).map(describeZone) };
  },
} satisfies Operations<Ec2Api>;

const notRequired = 'opt-in-not-required';

function optInStatus({ isOptIn }: RegionFacts): string {
  return isOptIn ? 'opted-in' : notRequired;
}

const regionFilters: FilterFields<RegionFacts> = {
  endpoint: ({ endpoint }) => endpoint,
  'opt-in-status': optInStatus,
  'region-name': ({ name }) => name,
};

function describeRegion(region: RegionFacts): Region {
  return { RegionName: region.name, Endpoint: region.endpoint, OptInStatus: optInStatus(region) };
}

const zoneFilters: FilterFields<ZoneFacts> = {
  'group-long-name': ({ groupLongName }) => groupLongName,
  'group-name': ({ groupName }) => groupName,
  message: () => undefined,
  'opt-in-status': () => notRequired,
  'parent-zone-id': () => undefined,
  'parent-zone-name': () => undefined,
  'region-name': ({ region }) => region,
  state: () => 'available',
  'zone-id': ({ id }) => id,
  'zone-name': ({ name }) => name,
  'zone-type': ({ type }) => type,
};

function describeZone(zone: ZoneFacts): AvailabilityZone {
  return {
    State: 'available',
    OptInStatus: notRequired,
    Messages: [],
    RegionName: zone.region,
    ZoneName: zone.name,
    ZoneId: zone.id,
    GroupName: zone.groupName,
    GroupLongName: zone.groupLongName,
    NetworkBorderGroup: zone.networkBorderGroup,
    ZoneType: zone.type,
  };
}

function refuseUnknown(noun: string, names: readonly string[] | undefined, isKnown: (name: string) => boolean): void {
  const unknown = (names ?? []).filter((name) => !isKnown(name));
  if (unknown.length > 0) throw invalidParameterValue(`Invalid ${noun}: [${unknown.join(', ')}]`);
}
