// Buckets and their settings. A name belongs to one account of all; the row is found by it from everywhere.

import type {
  AccelerateConfiguration,
  AnalyticsConfiguration,
  CORSConfiguration,
  IntelligentTieringConfiguration,
  InventoryConfiguration,
  LifecycleRule,
  LoggingEnabled,
  MetricsConfiguration,
  NotificationConfiguration,
  ObjectLockRule,
  ObjectOwnership,
  PublicAccessBlockConfiguration,
  ReplicationConfiguration,
  ServerSideEncryptionConfiguration,
  TransitionDefaultMinimumObjectSize,
  WebsiteConfiguration,
} from '../../generated/s3.types.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';
import type { Acl } from './acl.ts';

export interface BucketSpec {
  /** Names its objects in the index: another bucket of the same name, later, has another. Sixteen hexadecimal digits. */
  readonly bucketId: string;
  readonly region: string;
  /** Where it is said to be, when that is not the region's name. */
  readonly location?: 'EU' | undefined;
  /** Made as AWS makes buckets now, rather than before 2023: see create-bucket.ts. */
  readonly isCurrent?: boolean | undefined;
  readonly acl: Acl;
  /** Absent on a bucket of the time before there were ownership controls: whoever writes an object owns it. */
  readonly ownership?: ObjectOwnership | undefined;
  readonly publicAccessBlock?: PublicAccessBlockConfiguration | undefined;
  readonly policy?: string | undefined;
  /** Absent until it is enabled for the first time. */
  readonly versioning?: 'Enabled' | 'Suspended' | undefined;
  readonly objectLock?: { readonly rule?: ObjectLockRule | undefined } | undefined;
  readonly encryption?: ServerSideEncryptionConfiguration | undefined;
  readonly tags?: readonly BucketTag[] | undefined;
  readonly cors?: CORSConfiguration | undefined;
  readonly website?: WebsiteConfiguration | undefined;
  readonly lifecycle?: readonly LifecycleRule[] | undefined;
  readonly transitionMinimum?: TransitionDefaultMinimumObjectSize | undefined;
  readonly logging?: LoggingEnabled | undefined;
  readonly notification?: NotificationConfiguration | undefined;
  readonly replication?: ReplicationConfiguration | undefined;
  readonly accelerate?: AccelerateConfiguration | undefined;
  readonly requestPayer?: 'Requester' | 'BucketOwner' | undefined;
  readonly abac?: 'Enabled' | 'Disabled' | undefined;
  readonly analytics?: Readonly<Record<string, AnalyticsConfiguration>> | undefined;
  readonly inventory?: Readonly<Record<string, InventoryConfiguration>> | undefined;
  readonly metrics?: Readonly<Record<string, MetricsConfiguration>> | undefined;
  readonly intelligentTiering?: Readonly<Record<string, IntelligentTieringConfiguration>> | undefined;
}

export interface BucketTag {
  readonly Key: string;
  readonly Value: string;
}

/** By name. */
export const buckets = defineSpecTable<BucketSpec>({ name: 's3.buckets', isGlobal: true });

export type BucketRow = Row<BucketSpec, null>;
