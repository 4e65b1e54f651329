// What S3 takes for a lifecycle configuration.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html

import type { LifecycleRule, Transition } from '../../generated/s3.types.ts';
import { formatIso } from '../../kernel/clock.ts';
import { invalidArgument, invalidRequest, malformedXml } from './s3.errors.ts';

const mostRules = 1000;
const dayMs = 24 * 3600_000;
const transitionClasses = ['GLACIER', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'DEEP_ARCHIVE', 'GLACIER_IR'];

export function checkLifecycle(rules: readonly LifecycleRule[]): readonly LifecycleRule[] {
  if (rules.length === 0 || rules.length > mostRules) throw malformedXml();
  const ids = rules.flatMap(({ ID }) => ID ?? []);
  if (new Set(ids).size < ids.length) {
    throw invalidArgument('Rule ID must be unique. Found same ID for more than one rule');
  }
  for (const rule of rules) checkRule(rule);
  return rules;
}

function checkRule(rule: LifecycleRule): void {
  if ((rule.ID ?? '').length > 255) throw invalidArgument('ID length should not exceed allowed limit of 255');
  if (rule.Status !== 'Enabled' && rule.Status !== 'Disabled') throw malformedXml();
  if ((rule.Filter === undefined) === (rule.Prefix === undefined)) throw malformedXml();
  checkFilter(rule);
  const acts =
    rule.Expiration ||
    rule.Transitions?.length ||
    rule.NoncurrentVersionExpiration ||
    rule.NoncurrentVersionTransitions?.length ||
    rule.AbortIncompleteMultipartUpload;
  if (!acts) throw invalidRequest('At least one action needs to be specified in a rule');
  checkExpiration(rule);
  for (const transition of rule.Transitions ?? []) checkTransition(transition);
  for (const { NoncurrentDays, StorageClass } of rule.NoncurrentVersionTransitions ?? []) {
    checkClass(StorageClass);
    if (NoncurrentDays === undefined || NoncurrentDays < 0) throw malformedXml();
  }
  const { NoncurrentDays, NewerNoncurrentVersions } = rule.NoncurrentVersionExpiration ?? { NoncurrentDays: 1 };
  if (NoncurrentDays === undefined) throw malformedXml();
  if (NoncurrentDays < 1) throw positive("'NoncurrentDays' for NoncurrentVersionExpiration action");
  if (NewerNoncurrentVersions !== undefined && NewerNoncurrentVersions < 1) {
    throw positive("'NewerNoncurrentVersions' for NoncurrentVersionExpiration action");
  }
  const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? 1;
  if (days < 1) throw positive("'DaysAfterInitiation' for AbortIncompleteMultipartUpload action");
}

function positive(what: string) {
  return invalidArgument(`${what} must be a positive integer`);
}

function checkFilter({ Filter, Expiration, AbortIncompleteMultipartUpload }: LifecycleRule): void {
  if (!Filter) return;
  const named = Object.values(Filter).filter((value) => value !== undefined);
  if (named.length > 1) throw malformedXml();
  const keys = (Filter.And?.Tags ?? []).map(({ Key }) => Key);
  if (new Set(keys).size < keys.length) throw invalidRequest('Duplicate Tag Keys are not allowed.');
  const byTag = Filter.Tag !== undefined || (Filter.And?.Tags?.length ?? 0) > 0;
  if (byTag && Expiration?.ExpiredObjectDeleteMarker !== undefined) {
    throw invalidRequest('ExpiredObjectDeleteMarker cannot be specified with Tags.');
  }
  if (byTag && AbortIncompleteMultipartUpload) {
    throw invalidRequest('AbortIncompleteMultipartUpload cannot be specified with Tags.');
  }
}

function checkExpiration({ Expiration }: LifecycleRule): void {
  if (!Expiration) return;
  const { Date: date, Days, ExpiredObjectDeleteMarker } = Expiration;
  const named = [date, Days, ExpiredObjectDeleteMarker].filter((value) => value !== undefined);
  if (named.length !== 1) throw malformedXml();
  if (Days !== undefined && Days < 1) throw positive("'Days' for Expiration action");
  if (date !== undefined) checkMidnight(date);
}

function checkTransition({ Date: date, Days, StorageClass }: Transition): void {
  checkClass(StorageClass);
  if ((date === undefined) === (Days === undefined)) throw malformedXml();
  if (date !== undefined) checkMidnight(date);
  if (Days !== undefined && Days < 0) throw invalidArgument("'Days' in Transition action must be nonnegative");
  if (Days !== undefined && Days < 30 && (StorageClass === 'STANDARD_IA' || StorageClass === 'ONEZONE_IA')) {
    throw invalidArgument(
      `'Days' in Transition action must be greater than or equal to 30 for storageClass '${StorageClass}'`,
    );
  }
}

function checkClass(storageClass: string | undefined): void {
  if (storageClass === undefined || !transitionClasses.includes(storageClass)) throw malformedXml();
}

function checkMidnight(atMs: number): void {
  if (atMs % dayMs !== 0)
    throw invalidArgument("'Date' must be at midnight GMT", 'Date', formatIso(atMs, 'milliseconds'));
}
