// The quotas that this cloud holds anybody to, as AWS has them by default. What nothing enforces is not listed: raising it
// would change nothing.
// https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html

export interface QuotaFacts {
  readonly service: keyof typeof serviceNames;
  readonly code: string;
  readonly name: string;
  readonly value: number;
  /** Absent when it is the same for everybody. */
  readonly most?: number;
  /** Of an account rather than of an account's region; told of in the partition's first region only. */
  readonly isGlobal?: true;
}

/** By the code that Service Quotas knows a service under. */
export const serviceNames = {
  dynamodb: 'Amazon DynamoDB',
  iam: 'AWS Identity and Access Management (IAM)',
  s3: 'Amazon Simple Storage Service (Amazon S3)',
  vpc: 'Amazon Virtual Private Cloud (Amazon VPC)',
} as const;

const tables = { service: 'dynamodb', code: 'L-F98FE922', name: 'Maximum number of tables' } as const;
const iam = { service: 'iam', isGlobal: true } as const;
const vpc = { service: 'vpc' } as const;

/** Where AWS names no highest value, its largest number. */
const unbounded = 10_000_000_000;

export const quotas = {
  tables: { ...tables, value: 2500, most: 10_000 },
  users: { ...iam, code: 'L-F55AF5E4', name: 'Users per account', value: 5000 },
  groups: { ...iam, code: 'L-F4A5425F', name: 'Groups per account', value: 300, most: 500 },
  roles: { ...iam, code: 'L-FE177D64', name: 'Roles per account', value: 1000, most: 5000 },
  policies: { ...iam, code: 'L-E95E4862', name: 'Customer managed policies per account', value: 1500, most: 5000 },
  policiesPerUser: { ...iam, code: 'L-4019AD8B', name: 'Managed policies per user', value: 10, most: 20 },
  policiesPerRole: { ...iam, code: 'L-0DA4ABF3', name: 'Managed policies per role', value: 10, most: 20 },
  policiesPerGroup: { ...iam, code: 'L-384571C4', name: 'Managed policies per group', value: 10 },
  instanceProfiles: { ...iam, code: 'L-6E65F664', name: 'Instance profiles per account', value: 1000, most: 5000 },
  serverCertificates: { ...iam, code: 'L-BF35879D', name: 'Server certificates per account', value: 20, most: 1000 },
  oidcProviders: { ...iam, code: 'L-858F3967', name: 'OpenId connect providers per account', value: 100, most: 700 },
  samlProviders: { ...iam, code: 'L-DB618D39', name: 'SAML providers per account', value: 100 },
  /**
   * AWS raised its own default to 10,000 in 2024; here it is what it was before.
   * https://aws.amazon.com/about-aws/whats-new/2024/11/amazon-s3-up-1-million-buckets-per-aws-account/
   */
  buckets: {
    service: 's3',
    code: 'L-DC2B2D3D',
    name: 'General purpose buckets',
    value: 100,
    most: 1_000_000,
    isGlobal: true,
  },
  groupsPerInterface: {
    ...vpc,
    code: 'L-2AFB9258',
    name: 'Security groups per network interface',
    value: 5,
    most: 16,
  },
  rulesPerGroup: {
    ...vpc,
    code: 'L-0EA8095F',
    name: 'Inbound or outbound rules per security group',
    value: 60,
    most: unbounded,
  },
} satisfies Readonly<Record<string, QuotaFacts>>;

const inOrder: readonly QuotaFacts[] = Object.values(quotas).sort((a, b) => (a.code < b.code ? -1 : 1));

/** Where quotas of whole accounts are. */
export const globalRegion = 'us-east-1';

/** Those that are told of in a region. */
export function quotasOf(service: string, region: string): readonly QuotaFacts[] {
  return inOrder.filter((quota) => quota.service === service && (!quota.isGlobal || region === globalRegion));
}
