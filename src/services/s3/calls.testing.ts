// Calls of S3 that many tests make, through the official client.

import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  type CreateBucketCommandInput,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

export const status = (code: number) => ({ $metadata: { httpStatusCode: code } });

/** The least that a part which is not the last may have. */
export const partBytes = 5 * 1024 * 1024;

export type Calls = ReturnType<typeof createCalls>;

export function createCalls(client: S3Client, prefix: string) {
  let buckets = 0;

  async function newBucket(more: Partial<CreateBucketCommandInput> = {}): Promise<string> {
    buckets += 1;
    const Bucket = `${prefix}-${buckets}`;
    await client.send(new CreateBucketCommand({ Bucket, ...more }));
    return Bucket;
  }

  return {
    newBucket,

    async newVersionedBucket(): Promise<string> {
      const Bucket = await newBucket();
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
      return Bucket;
    },

    put: (Bucket: string, Key: string, Body: string | Buffer = Key, more: object = {}) =>
      client.send(new PutObjectCommand({ Bucket, Key, Body, ...more })),

    async get(Bucket: string, Key: string, more: object = {}): Promise<string> {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...more }));
      return (await Body?.transformToString()) ?? '';
    },

    head: (Bucket: string, Key: string, more: object = {}) =>
      client.send(new HeadObjectCommand({ Bucket, Key, ...more })),

    /** One part for each body. What the parts need said of them too is in `partMore`. */
    async upload(
      Bucket: string,
      Key: string,
      bodies: readonly (string | Buffer)[],
      { create = {}, part = {}, complete = {} }: { create?: object; part?: object; complete?: object } = {},
    ) {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...create }));
      const Parts: CompletedPart[] = [];
      for (const [at, Body] of bodies.entries()) {
        const PartNumber = at + 1;
        const { $metadata: _metadata, ...sent } = await client.send(
          new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...part }),
        );
        Parts.push({ ...sent, PartNumber });
      }
      const MultipartUpload = { Parts };
      return client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload, ...complete }));
    },
  };
}
