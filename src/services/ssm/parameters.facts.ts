// Public parameters, which AWS and publishers of images keep below /aws/service: the ids of the images that are here, and
// what there is of AWS's regions. https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html

import { listImages, listRegions, type RegionFacts } from '../ec2/index.ts';

export interface PublicParameter {
  readonly name: string;
  readonly value: string;
  readonly dataType: 'text' | 'aws:ec2:image';
  /** ISO 8601. */
  readonly lastModified: string;
}

const infrastructure = '/aws/service/global-infrastructure';
const infrastructureModified = '2026-11-02T00:00:00.000Z';

/** A list is large, and anybody may make up a region. */
const byRegion = new Map<string, ReadonlyMap<string, PublicParameter>>();
const mostRegions = 64;

/** By name, in the order of names. */
export function publicParameters(region: string): ReadonlyMap<string, PublicParameter> {
  let known = byRegion.get(region);
  if (!known) {
    const all = [...imageParameters(region), ...listRegions().flatMap(regionParameters)];
    all.sort((a, b) => (a.name < b.name ? -1 : 1));
    known = new Map(all.map((parameter) => [parameter.name, parameter]));
    if (byRegion.size >= mostRegions) byRegion.clear();
    byRegion.set(region, known);
  }
  return known;
}

function imageParameters(region: string): readonly PublicParameter[] {
  return listImages(region).flatMap(({ imageId, parameterNames, creationDate }) =>
    parameterNames.map((name) => ({
      name,
      value: imageId,
      dataType: 'aws:ec2:image' as const,
      lastModified: creationDate,
    })),
  );
}

function regionParameters({ name, longName, partition, zones }: RegionFacts): readonly PublicParameter[] {
  const base = `${infrastructure}/regions/${name}`;
  return [
    text(base, name),
    text(`${base}/domain`, 'amazonaws.com'),
    text(`${base}/longName`, longName),
    text(`${base}/partition`, partition),
    ...zones.flatMap(({ id }) => [
      text(`${base}/availability-zones/${id}`, id),
      text(`${infrastructure}/availability-zones/${id}`, id),
      text(`${infrastructure}/availability-zones/${id}/parent-region`, name),
    ]),
  ];
}

function text(name: string, value: string): PublicParameter {
  return { name, value, dataType: 'text', lastModified: infrastructureModified };
}
