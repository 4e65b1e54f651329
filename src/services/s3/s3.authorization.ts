// What S3's operations need to be allowed. Most of them ask inside (access.ts), since lists and tags of the object that is
// there have a say; here stand the actions that they ask for.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html

import { everyBucketArn } from '../../aws/access-denied.ts';
import { parseArn } from '../../aws/arn.ts';
import { type Authorizations, as, on, resource, within } from '../../aws/authorization.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { CreateBucketRequest, PutBucketReplicationRequest, S3Api } from '../../generated/s3.types.ts';

const newBucket = resource({
  type: 'bucket',
  of: ({ Bucket }: { readonly Bucket: string }, { account }) => [
    { arn: `arn:aws:s3:::${Bucket}`, account, region: '', id: Bucket },
  ],
});

/** Policies may allow the list on `*`, or on all buckets. */
const everyBucket = resource({
  type: [],
  of: (_input: unknown, { account }) => [{ arn: everyBucketArn, account, region: '', id: '' }],
});

/** S3 replicates as a role, which whoever sets it up hands to S3. */
const replicationRole = resource({
  type: 'role',
  of({ ReplicationConfiguration: { Role } }: PutBucketReplicationRequest, ctx) {
    return [{ arn: Role, account: parseArn(Role)?.account ?? ctx.account, region: '', id: Role }];
  },
});

const tagsOf = ({ CreateBucketConfiguration }: CreateBucketRequest) => tagsByKey(CreateBucketConfiguration?.Tags);

/** Versions have actions of their own, and what is written may bring more along. */
const readObject = ['s3:GetObject', 's3:GetObjectVersion', 's3:ListBucket'];
const writeObject = [
  's3:PutObject',
  's3:PutObjectAcl',
  's3:PutObjectTagging',
  's3:PutObjectRetention',
  's3:PutObjectLegalHold',
];
const deleteObject = ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention'];
const copySource = ['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectTagging', 's3:GetObjectVersionTagging'];

export const s3Authorization = {
  AbortMultipartUpload: within('s3:AbortMultipartUpload'),
  CompleteMultipartUpload: within('s3:PutObject'),
  CopyObject: within(...copySource, ...writeObject),
  CreateBucket: on(newBucket, {
    keys: {
      's3:locationconstraint': ({ CreateBucketConfiguration }: CreateBucketRequest) =>
        CreateBucketConfiguration?.LocationConstraint,
      's3:x-amz-acl': ({ ACL }) => ACL,
      's3:x-amz-grant-full-control': ({ GrantFullControl }) => GrantFullControl,
      's3:x-amz-grant-read': ({ GrantRead }) => GrantRead,
      's3:x-amz-grant-read-acp': ({ GrantReadACP }) => GrantReadACP,
      's3:x-amz-grant-write': ({ GrantWrite }) => GrantWrite,
      's3:x-amz-grant-write-acp': ({ GrantWriteACP }) => GrantWriteACP,
      's3:x-amz-object-ownership': ({ ObjectOwnership }) => ObjectOwnership,
    },
    requestTags: tagsOf,
  }),
  CreateMultipartUpload: within(...writeObject),
  DeleteBucket: within('s3:DeleteBucket'),
  DeleteBucketAnalyticsConfiguration: within('s3:PutAnalyticsConfiguration'),
  DeleteBucketCors: within('s3:PutBucketCORS'),
  DeleteBucketEncryption: within('s3:PutEncryptionConfiguration'),
  DeleteBucketIntelligentTieringConfiguration: within('s3:PutIntelligentTieringConfiguration'),
  DeleteBucketInventoryConfiguration: within('s3:PutInventoryConfiguration'),
  DeleteBucketLifecycle: within('s3:PutLifecycleConfiguration'),
  DeleteBucketMetricsConfiguration: within('s3:PutMetricsConfiguration'),
  DeleteBucketOwnershipControls: within('s3:PutBucketOwnershipControls'),
  DeleteBucketPolicy: within('s3:DeleteBucketPolicy'),
  DeleteBucketReplication: within('s3:PutReplicationConfiguration'),
  DeleteBucketTagging: within('s3:PutBucketTagging'),
  DeleteBucketWebsite: within('s3:DeleteBucketWebsite'),
  DeleteObject: within(...deleteObject),
  DeleteObjectTagging: within('s3:DeleteObjectTagging', 's3:DeleteObjectVersionTagging'),
  DeleteObjects: within(...deleteObject),
  DeletePublicAccessBlock: within('s3:PutBucketPublicAccessBlock'),
  GetBucketAbac: within('s3:GetBucketAbac'),
  GetBucketAccelerateConfiguration: within('s3:GetAccelerateConfiguration'),
  GetBucketAcl: within('s3:GetBucketAcl'),
  GetBucketAnalyticsConfiguration: within('s3:GetAnalyticsConfiguration'),
  GetBucketCors: within('s3:GetBucketCORS'),
  GetBucketEncryption: within('s3:GetEncryptionConfiguration'),
  GetBucketIntelligentTieringConfiguration: within('s3:GetIntelligentTieringConfiguration'),
  GetBucketInventoryConfiguration: within('s3:GetInventoryConfiguration'),
  GetBucketLifecycleConfiguration: within('s3:GetLifecycleConfiguration'),
  GetBucketLocation: within('s3:GetBucketLocation'),
  GetBucketLogging: within('s3:GetBucketLogging'),
  GetBucketMetricsConfiguration: within('s3:GetMetricsConfiguration'),
  GetBucketNotificationConfiguration: within('s3:GetBucketNotification'),
  GetBucketOwnershipControls: within('s3:GetBucketOwnershipControls'),
  GetBucketPolicy: within('s3:GetBucketPolicy'),
  GetBucketPolicyStatus: within('s3:GetBucketPolicyStatus'),
  GetBucketReplication: within('s3:GetReplicationConfiguration'),
  GetBucketRequestPayment: within('s3:GetBucketRequestPayment'),
  GetBucketTagging: within('s3:GetBucketTagging'),
  GetBucketVersioning: within('s3:GetBucketVersioning'),
  GetBucketWebsite: within('s3:GetBucketWebsite'),
  GetObject: within(...readObject),
  GetObjectAcl: within('s3:GetObjectAcl', 's3:GetObjectVersionAcl'),
  GetObjectAttributes: within('s3:GetObjectAttributes', 's3:GetObjectVersionAttributes', ...readObject),
  GetObjectLegalHold: within('s3:GetObjectLegalHold'),
  GetObjectLockConfiguration: within('s3:GetBucketObjectLockConfiguration'),
  GetObjectRetention: within('s3:GetObjectRetention'),
  GetObjectTagging: within('s3:GetObjectTagging', 's3:GetObjectVersionTagging'),
  GetObjectTorrent: within('s3:GetObjectTorrent'),
  GetPublicAccessBlock: within('s3:GetBucketPublicAccessBlock'),
  HeadBucket: within('s3:ListBucket'),
  HeadObject: within(...readObject),
  ListBucketAnalyticsConfigurations: within('s3:GetAnalyticsConfiguration'),
  ListBucketIntelligentTieringConfigurations: within('s3:GetIntelligentTieringConfiguration'),
  ListBucketInventoryConfigurations: within('s3:GetInventoryConfiguration'),
  ListBucketMetricsConfigurations: within('s3:GetMetricsConfiguration'),
  ListBuckets: as('s3:ListAllMyBuckets', everyBucket),
  ListMultipartUploads: within('s3:ListBucketMultipartUploads'),
  ListObjectVersions: within('s3:ListBucketVersions'),
  ListObjects: within('s3:ListBucket'),
  ListObjectsV2: within('s3:ListBucket'),
  ListParts: within('s3:ListMultipartUploadParts'),
  PutBucketAbac: within('s3:PutBucketAbac'),
  PutBucketAccelerateConfiguration: within('s3:PutAccelerateConfiguration'),
  PutBucketAcl: within('s3:PutBucketAcl'),
  PutBucketAnalyticsConfiguration: within('s3:PutAnalyticsConfiguration'),
  PutBucketCors: within('s3:PutBucketCORS'),
  PutBucketEncryption: within('s3:PutEncryptionConfiguration'),
  PutBucketIntelligentTieringConfiguration: within('s3:PutIntelligentTieringConfiguration'),
  PutBucketInventoryConfiguration: within('s3:PutInventoryConfiguration'),
  PutBucketLifecycleConfiguration: within('s3:PutLifecycleConfiguration'),
  PutBucketLogging: within('s3:PutBucketLogging'),
  PutBucketMetricsConfiguration: within('s3:PutMetricsConfiguration'),
  PutBucketNotificationConfiguration: within('s3:PutBucketNotification'),
  PutBucketOwnershipControls: within('s3:PutBucketOwnershipControls'),
  PutBucketPolicy: within('s3:PutBucketPolicy'),
  PutBucketReplication: {
    ...within('s3:PutReplicationConfiguration'),
    also: as('iam:PassRole', replicationRole, { keys: { 'iam:PassedToService': () => 's3.amazonaws.com' } }),
  },
  PutBucketRequestPayment: within('s3:PutBucketRequestPayment'),
  PutBucketTagging: within('s3:PutBucketTagging'),
  PutBucketVersioning: within('s3:PutBucketVersioning'),
  PutBucketWebsite: within('s3:PutBucketWebsite'),
  PutObject: within(...writeObject),
  PutObjectAcl: within('s3:PutObjectAcl', 's3:PutObjectVersionAcl'),
  PutObjectLegalHold: within('s3:PutObjectLegalHold'),
  PutObjectLockConfiguration: within('s3:PutBucketObjectLockConfiguration'),
  PutObjectRetention: within('s3:PutObjectRetention', 's3:BypassGovernanceRetention'),
  PutObjectTagging: within('s3:PutObjectTagging', 's3:PutObjectVersionTagging'),
  PutPublicAccessBlock: within('s3:PutBucketPublicAccessBlock'),
  RestoreObject: within('s3:RestoreObject'),
  SelectObjectContent: within(...readObject),
  UploadPart: within('s3:PutObject'),
  UploadPartCopy: within(...copySource, 's3:PutObject'),
} satisfies Authorizations<S3Api>;
