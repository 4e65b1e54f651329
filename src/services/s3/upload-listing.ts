// Pages of multipart uploads in progress.

import { afterPrefix, type Items } from '../../drivers/items/items.ts';
import { commonPrefixOf, type PageRequest, passedPrefix } from './listing.ts';
import { bucketPrefix, uploadKey } from './object-index.ts';
import { isUploadId, type Upload, type UploadPlace, visitUploads } from './uploads.ts';

export interface UploadPageRequest extends PageRequest {
  /** Within the key `after`, begins behind this upload; without it, behind all of the key. */
  readonly afterUpload: string | undefined;
}

export interface UploadPage {
  readonly entries: readonly Upload[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
}

export async function listUploads(index: Items, request: UploadPageRequest): Promise<UploadPage> {
  const { bucketId, prefix, delimiter, most } = request;
  const entries: Upload[] = [];
  const commonPrefixes: string[] = [];
  let isTruncated = false;
  const passed = passedPrefix(request);
  if (most === 0) return { entries, commonPrefixes, isTruncated };
  await visitUploads(index, bucketId, startOf(request), (upload) => {
    if (!upload.key.startsWith(prefix)) return upload.key < prefix;
    const common = commonPrefixOf(upload.key, prefix, delimiter);
    if (common !== undefined && (common === commonPrefixes.at(-1) || common === passed)) return true;
    if (entries.length + commonPrefixes.length >= most) {
      isTruncated = true;
      return false;
    }
    if (common === undefined) entries.push(upload);
    else commonPrefixes.push(common);
    return true;
  });
  return { entries, commonPrefixes, isTruncated };
}

/** An upload that ended meanwhile is as good to go on behind; one of another key is not. */
export async function isUploadOfOtherKey(index: Items, { bucketId, key, uploadId }: UploadPlace): Promise<boolean> {
  if (!isUploadId(uploadId)) return true;
  let isOther = false;
  await visitUploads(index, bucketId, undefined, (upload) => {
    isOther = upload.uploadId === uploadId && upload.key !== key;
    return !isOther;
  });
  return isOther;
}

function startOf({ bucketId, prefix, after, afterUpload }: UploadPageRequest): Buffer {
  const whole = Buffer.concat([bucketPrefix('upload', bucketId), Buffer.from(prefix)]);
  if (after === undefined) return whole;
  const behind =
    afterUpload === undefined
      ? afterPrefix(uploadKey(bucketId, after, ''))
      : Buffer.concat([uploadKey(bucketId, after, afterUpload), Buffer.of(0)]);
  return Buffer.compare(behind, whole) < 0 ? whole : behind;
}
