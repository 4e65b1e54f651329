// AWS's regions and their availability zones. Which letter stands for which physical zone differs between accounts on AWS;
// here every account has the same mapping. A region that AWS does not have gets three zones by rule, since
// any region name works here. https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html

import { partitionOf } from '../../aws/arn.ts';

export interface RegionFacts {
  /** `us-east-1`. */
  readonly name: string;
  /** `US East (N. Virginia)`. */
  readonly longName: string;
  readonly partition: string;
  /** Accounts of AWS have to enable the region first; all regions launched since March 2019 are so. */
  readonly isOptIn: boolean;
  /** `ec2.us-east-1.amazonaws.com`. */
  readonly endpoint: string;
  readonly zones: readonly ZoneFacts[];
}

export interface ZoneFacts {
  /** `us-east-1a`. */
  readonly name: string;
  /** `use1-az1`. */
  readonly id: string;
  readonly region: string;
  readonly type: 'availability-zone';
  /** `us-east-1-zg-1`. */
  readonly groupName: string;
  /** `US East (N. Virginia) 1`. */
  readonly groupLongName: string;
  readonly networkBorderGroup: string;
}

// Zones as letter and number of the zone id: `c4` is us-east-1c, use1-az4.
const usualZones = 'a1 b2 c3';

const regionRows: readonly (readonly [name: string, longName: string, optIn?: 'opt-in' | '', zones?: string])[] = [
  ['af-south-1', 'Africa (Cape Town)', 'opt-in'],
  ['ap-east-1', 'Asia Pacific (Hong Kong)', 'opt-in'],
  ['ap-east-2', 'Asia Pacific (Taipei)', 'opt-in'],
  ['ap-northeast-1', 'Asia Pacific (Tokyo)', '', 'a4 c1 d2'],
  ['ap-northeast-2', 'Asia Pacific (Seoul)', '', 'a1 b2 c3 d4'],
  ['ap-northeast-3', 'Asia Pacific (Osaka)'],
  ['ap-south-1', 'Asia Pacific (Mumbai)', '', 'a1 b3 c2'],
  ['ap-south-2', 'Asia Pacific (Hyderabad)', 'opt-in'],
  ['ap-southeast-1', 'Asia Pacific (Singapore)'],
  ['ap-southeast-2', 'Asia Pacific (Sydney)', '', 'a1 b3 c2'],
  ['ap-southeast-3', 'Asia Pacific (Jakarta)', 'opt-in'],
  ['ap-southeast-4', 'Asia Pacific (Melbourne)', 'opt-in'],
  ['ap-southeast-5', 'Asia Pacific (Malaysia)', 'opt-in'],
  ['ap-southeast-6', 'Asia Pacific (New Zealand)', 'opt-in'],
  ['ap-southeast-7', 'Asia Pacific (Thailand)', 'opt-in'],
  ['ca-central-1', 'Canada (Central)', '', 'a1 b2 d4'],
  ['ca-west-1', 'Canada West (Calgary)', 'opt-in'],
  ['eu-central-1', 'Europe (Frankfurt)', '', 'a2 b3 c1'],
  ['eu-central-2', 'Europe (Zurich)', 'opt-in'],
  ['eu-north-1', 'Europe (Stockholm)'],
  ['eu-south-1', 'Europe (Milan)', 'opt-in'],
  ['eu-south-2', 'Europe (Spain)', 'opt-in'],
  ['eu-west-1', 'Europe (Ireland)', '', 'a3 b1 c2'],
  ['eu-west-2', 'Europe (London)', '', 'a2 b3 c1 d4'],
  ['eu-west-3', 'Europe (Paris)'],
  ['il-central-1', 'Israel (Tel Aviv)', 'opt-in'],
  ['me-central-1', 'Middle East (UAE)', 'opt-in'],
  ['me-south-1', 'Middle East (Bahrain)', 'opt-in'],
  ['mx-central-1', 'Mexico (Central)', 'opt-in'],
  ['sa-east-1', 'South America (Sao Paulo)'],
  ['us-east-1', 'US East (N. Virginia)', '', 'a6 b1 c2 d4 e3 f5'],
  ['us-east-2', 'US East (Ohio)'],
  ['us-west-1', 'US West (N. California)', '', 'a1 b3'],
  ['us-west-2', 'US West (Oregon)', '', 'a1 b2 c3 d4'],
  ['cn-north-1', 'China (Beijing)', '', 'a1 b2'],
  ['cn-northwest-1', 'China (Ningxia)'],
  ['us-gov-east-1', 'AWS GovCloud (US-East)'],
  ['us-gov-west-1', 'AWS GovCloud (US-West)'],
];

const regions: ReadonlyMap<string, RegionFacts> = new Map(
  regionRows.map(([name, longName, optIn, zones]) => [
    name,
    describe(name, longName, optIn === 'opt-in', zones ?? usualZones),
  ]),
);

function describe(name: string, longName: string, isOptIn: boolean, zones: string): RegionFacts {
  const partition = partitionOf(name);
  return {
    name,
    longName,
    partition,
    isOptIn,
    endpoint: `ec2.${name}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`,
    zones: zones.split(' ').map((zone) => ({
      name: `${name}${zone.slice(0, 1)}`,
      id: `${zoneIdPrefix(name)}-az${zone.slice(1)}`,
      region: name,
      type: 'availability-zone',
      groupName: `${name}-zg-1`,
      groupLongName: `${longName} 1`,
      networkBorderGroup: name,
    })),
  };
}

/** `us-east-1` → `use1`, `ap-northeast-1` → `apne1`, `us-gov-west-1` → `usgw1`. */
function zoneIdPrefix(region: string): string {
  const short = region.replace(/north|south|east|west|central|gov/g, (word) => word.slice(0, 1));
  return short.replaceAll('-', '');
}

/** The regions of a partition, in the order of their names. */
export function listRegions(partition = 'aws'): readonly RegionFacts[] {
  return [...regions.values()].filter((region) => region.partition === partition);
}

/** AWS's region, or one made up by rule for a name that AWS does not have. */
export function regionFacts(name: string): RegionFacts {
  return regions.get(name) ?? describe(name, name, false, usualZones);
}

/** Does AWS have a region of this name? */
export function isAwsRegion(name: string): boolean {
  return regions.has(name);
}

/** The zone of a region by its name or its id. */
export function findZone(region: string, nameOrId: string): ZoneFacts | undefined {
  return regionFacts(region).zones.find((zone) => zone.name === nameOrId || zone.id === nameOrId);
}
