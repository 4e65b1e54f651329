// Pages of multipart uploads in progress.

import { afterPrefix, type Items } from '../../drivers/items/items.ts';
import { commonPrefixOf, type PageRequest } from './listing.ts';
import { bucketPrefix, uploadKey } from './object-index.ts';
import { type Upload, visitUploads } from './uploads.ts';

export interface UploadPageRequest extends PageRequest {
  /** Within the key `after`, begins behind this upload; without it, behind all of the key. */
  readonly afterUpload: string | undefined;
}

export interface UploadPage {
  readonly entries: readonly Upload[];
  readonly commonPrefixes: readonly string[];
  readonly next: { readonly key: string; readonly uploadId: string | undefined } | undefined;
}

export async function listUploads(index: Items, request: UploadPageRequest): Promise<UploadPage> {
  const { bucketId, prefix, delimiter, most, after } = request;
  const entries: Upload[] = [];
  const commonPrefixes: string[] = [];
  let last: UploadPage['next'];
  let next: UploadPage['next'];
  if (most === 0) return { entries, commonPrefixes, next };
  await visitUploads(index, bucketId, startOf(request), (upload) => {
    if (!upload.key.startsWith(prefix)) return upload.key < prefix;
    const common = commonPrefixOf(upload.key, prefix, delimiter);
    if (common !== undefined && (common === commonPrefixes.at(-1) || common === after)) return true;
    if (entries.length + commonPrefixes.length >= most) {
      next = last;
      return false;
    }
    last = common === undefined ? { key: upload.key, uploadId: upload.uploadId } : { key: common, uploadId: undefined };
    if (common === undefined) entries.push(upload);
    else commonPrefixes.push(common);
    return true;
  });
  return { entries, commonPrefixes, next };
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
