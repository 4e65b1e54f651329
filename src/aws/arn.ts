// Amazon Resource Names: `arn:partition:service:region:account:resource`, where the resource may hold colons of its own.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html

export interface Arn {
  readonly partition: string;
  readonly service: string;
  /** Empty for global services (IAM, Route 53) and for S3. */
  readonly region: string;
  /** Empty for S3 buckets, `aws` for what AWS itself owns. */
  readonly account: string;
  /** `instance/i-0123456789abcdef0`, `function:name`, `role/path/name`, … */
  readonly resource: string;
}

export type ArnParts = Omit<Arn, 'partition'> & { readonly partition?: string };

/** The partition is that of the region unless it is given: global services need to give it outside `aws`. */
export function formatArn(parts: ArnParts): string {
  const partition = parts.partition ?? partitionOf(parts.region);
  return `arn:${partition}:${parts.service}:${parts.region}:${parts.account}:${parts.resource}`;
}

/**
 * Undefined when the text is no ARN. Does not judge whether its parts exist; region and account become parts of keys, and
 * are no longer than any that exist.
 */
export function parseArn(text: string): Arn | undefined {
  const match =
    /^arn:([a-z][a-z0-9-]*):([a-z0-9][a-zA-Z0-9-]*):([a-z0-9-]{0,32}):([0-9]{12}|[a-z0-9-]{0,32}):(.+)$/s.exec(text);
  if (!match) return undefined;
  const [, partition = '', service = '', region = '', account = '', resource = ''] = match;
  return { partition, service, region, account, resource };
}

const partitions: readonly (readonly [regionPrefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
  ['eusc-', 'aws-eusc'],
];

/** The regions in use are few, and ARNs are made for every request. */
const known = new Map<string, string>();
const mostKnown = 1000;

/** `aws` for commercial regions and for no region at all. */
export function partitionOf(region: string): string {
  let partition = known.get(region);
  if (partition === undefined) {
    partition = partitions.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
    if (known.size >= mostKnown) known.clear();
    known.set(region, partition);
  }
  return partition;
}
