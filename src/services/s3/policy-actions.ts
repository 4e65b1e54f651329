// What S3's actions are about: a bucket, or the objects in it. A statement whose action is about neither of what its
// resources name can never apply, and S3 refuses it.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html

import { compilePattern } from '../../aws/policies/patterns.ts';
import type { ResourceStatement } from '../../aws/policies/policy-document.ts';

const ofObjects = `
  AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectAnnotation DeleteObjectTagging
  DeleteObjectVersion DeleteObjectVersionAnnotation DeleteObjectVersionTagging GetObject GetObjectAcl
  GetObjectAnnotation GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent
  GetObjectVersion GetObjectVersionAcl GetObjectVersionAnnotation GetObjectVersionAnnotationForReplication
  GetObjectVersionAttributes GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent
  InitiateReplication ListMultipartUploadParts ListObjectAnnotations ListObjectVersionAnnotations
  ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectAnnotation PutObjectLegalHold PutObjectRetention
  PutObjectTagging PutObjectVersionAcl PutObjectVersionAnnotation PutObjectVersionTagging ReplicateDelete
  ReplicateObject ReplicateObjectAnnotation ReplicateTags RestoreObject UpdateObjectEncryption`;

const ofBuckets = `
  AllowVendedLogDeliveryForResource CreateBucket CreateBucketMetadataTableConfiguration DeleteBucket
  DeleteBucketMetadataTableConfiguration DeleteBucketOwnershipControls DeleteBucketPolicy DeleteBucketWebsite
  GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS GetBucketLocation
  GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification GetBucketObjectLockConfiguration
  GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment
  GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetIntelligentTieringConfiguration
  GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration ListBucket
  ListBucketMultipartUploads ListBucketVersions ListTagsForResource PauseReplication PutAccelerateConfiguration
  PutAnalyticsConfiguration PutBucketAbac PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification
  PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock
  PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration
  PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration PutMetricsConfiguration
  PutReplicationConfiguration TagResource UntagResource UpdateBucketMetadataAnnotationTableConfiguration
  UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration`;

const namesOf = (text: string) =>
  text
    .trim()
    .split(/\s+/)
    .map((name) => `s3:${name.toLowerCase()}`);

const objectActions = namesOf(ofObjects);
const bucketActions = namesOf(ofBuckets);

const noValues = { get: () => undefined };

/** Whether each of the statement's actions is about something that its resources can be. Actions that nobody knows are. */
export function appliesToResources({ actions, resources }: ResourceStatement): boolean {
  if (actions.isNegated || resources.isNegated) return true;
  const hasObjects = resources.patterns.some(mayBeObject);
  const hasBuckets = resources.patterns.some(mayBeBucket);
  return actions.patterns.every((pattern) => {
    const isMeant = compilePattern(pattern, { hasWildcards: true, hasVariables: false, ignoresCase: true });
    const isOfObjects = objectActions.some((action) => isMeant(action, noValues));
    const isOfBuckets = bucketActions.some((action) => isMeant(action, noValues));
    return (isOfObjects && hasObjects) || (isOfBuckets && hasBuckets) || !(isOfObjects || isOfBuckets);
  });
}

/** A star may stand for slashes too. */
const mayBeObject = (arn: string): boolean => arn === '*' || /^arn:[^:]*:s3:::.*[/*?]/s.test(arn);

const mayBeBucket = (arn: string): boolean => !arn.includes('/');
