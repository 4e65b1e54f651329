// What AWS checks of inventory, analytics and intelligent tiering configurations before it takes them.

import { type AwsError, awsError } from '../../aws/errors.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type {
  AnalyticsConfiguration,
  IntelligentTieringConfiguration,
  InventoryConfiguration,
} from '../../generated/s3.types.ts';
import { inventoryFields } from './inventory-fields.ts';
import { getBucket } from './require-bucket.ts';
import { invalidArgument, malformedXml } from './s3.errors.ts';

const notBuilt = (what: string): AwsError =>
  awsError('NotImplemented', `A header you provided implies functionality that is not implemented: ${what}`, 501);

/** `photos` for `arn:aws:s3:::photos` */
export const bucketOfArn = (arn: string): string | undefined => /^arn:aws[\w-]*:s3:::([^/]+)$/.exec(arn)?.[1];

export function checkInventory(ctx: OperationContext, configuration: InventoryConfiguration): void {
  const { Destination, Schedule, IncludedObjectVersions, OptionalFields = [] } = configuration;
  const { Bucket, Format, AccountId } = Destination.S3BucketDestination;
  if (!['Daily', 'Weekly'].includes(Schedule.Frequency)) throw malformedXml();
  if (!['All', 'Current'].includes(IncludedObjectVersions)) throw malformedXml();
  if (Format !== 'CSV') throw ['ORC', 'Parquet'].includes(Format) ? notBuilt(Format) : malformedXml();
  const name = bucketOfArn(Bucket);
  const target = name === undefined ? undefined : getBucket(ctx, name);
  if (!target) throw awsError('InvalidS3DestinationBucket', 'Invalid bucket ARN.');
  if (AccountId !== undefined && AccountId !== target.account) {
    throw awsError('InvalidS3DestinationBucket', 'The destination bucket is not owned by the specified account.');
  }
  const unknown = OptionalFields.find((field) => !Object.hasOwn(inventoryFields, field));
  if (unknown !== undefined) throw notBuilt(unknown);
}

/** What is analysed is seen in exports and on AWS's console, so without an export there is nothing to do. */
export function checkAnalytics({ StorageClassAnalysis }: AnalyticsConfiguration): void {
  if (StorageClassAnalysis.DataExport) throw notBuilt('DataExport');
}

const leastDays = { ARCHIVE_ACCESS: 90, DEEP_ARCHIVE_ACCESS: 180 } as const;
const mostDays = 730;

export function checkIntelligentTiering({ Status, Tierings }: IntelligentTieringConfiguration): void {
  if (Status !== 'Enabled' && Status !== 'Disabled') throw malformedXml();
  if (Tierings.length === 0) throw malformedXml();
  const tiers = new Set(Tierings.map(({ AccessTier }) => AccessTier));
  if (tiers.size !== Tierings.length) throw malformedXml();
  for (const { AccessTier, Days } of Tierings) {
    if (!Object.hasOwn(leastDays, AccessTier)) throw malformedXml();
    if (Days < leastDays[AccessTier] || Days > mostDays) {
      throw invalidArgument(
        `Days must be between ${leastDays[AccessTier]} and ${mostDays} for ${AccessTier}`,
        'Days',
        String(Days),
      );
    }
  }
}
