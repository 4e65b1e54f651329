// EC2's front door for other services.

export { type Image, listImages } from './images.ts';
export { isAwsRegion, listRegions, type RegionFacts, regionFacts } from './regions.facts.ts';
