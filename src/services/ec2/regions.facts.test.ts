import { describe, expect, it } from 'vitest';
import { findZone, isAwsRegion, listRegions, regionFacts } from './regions.facts.ts';

describe('regions', () => {
  it('are the 34 commercial ones, 17 of which need no opting in', () => {
    const names = listRegions().map((region) => region.name);
    expect(names).toHaveLength(34);
    expect(names).toEqual(names.toSorted());
    expect(listRegions().filter((region) => !region.isOptIn)).toHaveLength(17);
    expect([isAwsRegion('us-east-1'), isAwsRegion('us-east-3')]).toEqual([true, false]);
  });

  it('have zones whose names and ids are unique and follow the pattern', () => {
    const zones = ['aws', 'aws-cn', 'aws-us-gov'].flatMap((partition) =>
      listRegions(partition).flatMap((region) => region.zones),
    );
    expect(new Set(zones.map((zone) => zone.name)).size).toBe(zones.length);
    expect(new Set(zones.map((zone) => zone.id)).size).toBe(zones.length);
    for (const zone of zones) {
      expect(zone.name).toMatch(new RegExp(`^${zone.region}[a-f]$`));
      expect(zone.id).toMatch(/^[a-z]{3,5}\d-az[1-6]$/);
    }
  });

  it.each([
    ['us-east-1', 'use1-az6'],
    ['ap-northeast-1', 'apne1-az4'],
    ['ap-southeast-2', 'apse2-az1'],
    ['ca-central-1', 'cac1-az1'],
    ['us-gov-west-1', 'usgw1-az1'],
    ['cn-northwest-1', 'cnnw1-az1'],
    ['mx-central-1', 'mxc1-az1'],
  ])('%s begins with zone %s', (region, id) => expect(regionFacts(region).zones[0]?.id).toBe(id));

  it('are described', () => {
    expect(regionFacts('us-east-1')).toMatchObject({
      longName: 'US East (N. Virginia)',
      partition: 'aws',
      isOptIn: false,
      endpoint: 'ec2.us-east-1.amazonaws.com',
    });
    expect(regionFacts('us-east-1').zones.map((zone) => zone.name.at(-1))).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(regionFacts('cn-north-1').endpoint).toBe('ec2.cn-north-1.amazonaws.com.cn');
    expect(findZone('us-east-1', 'us-east-1c')).toEqual(findZone('us-east-1', 'use1-az2'));
    expect(findZone('us-east-1', 'us-west-2a')).toBeUndefined();
  });

  it('are made up for any other name', () => {
    expect(regionFacts('moon-south-1').zones.map(({ name, id }) => [name, id])).toEqual([
      ['moon-south-1a', 'moons1-az1'],
      ['moon-south-1b', 'moons1-az2'],
      ['moon-south-1c', 'moons1-az3'],
    ]);
  });
});
