// The canonical user id that S3 calls an account by: 64 hexadecimal digits. Made from the account's number by a fixed
// permutation, so that it can be read back without a table.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/finding-canonical-user-id.html

import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import type { Initiator, Owner } from '../../generated/s3.types.ts';

const key = createHash('sha256').update('cloudlet canonical user ids').digest();
const filling = 'acct';

/** Anybody may make up an account. */
const idByAccount = new Map<string, string>();
const mostKept = 10_000;

export function canonicalUserId(account: string): string {
  let id = idByAccount.get(account);
  if (id === undefined) {
    const first = permute(Buffer.from(account + filling, 'latin1'));
    id = first.toString('hex') + permute(Buffer.from(first.map((byte) => byte ^ 0xa5))).toString('hex');
    if (idByAccount.size >= mostKept) idByAccount.clear();
    idByAccount.set(account, id);
  }
  return id;
}

/** Undefined for an id that no account has. */
export function accountOfCanonicalUser(id: string): string | undefined {
  if (!/^[0-9a-f]{64}$/.test(id)) return undefined;
  const cipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const text = cipher.update(Buffer.from(id.slice(0, 32), 'hex')).toString('latin1');
  const account = text.slice(0, 12);
  return /^\d{12}acct$/.test(text) && canonicalUserId(account) === id ? account : undefined;
}

function permute(block: Buffer): Buffer {
  return createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block);
}

/** Of a bucket: as AWS makes them now, or as it was. */
export interface Age {
  readonly isCurrent?: boolean | undefined;
}

/** AWS left the display names of owners out in 2025, but older programs look for them. */
export function describeOwner(account: string, { isCurrent }: Age): Owner {
  const ID = canonicalUserId(account);
  return isCurrent ? { ID } : { ID, DisplayName: account };
}

/** Who began an upload still has a display name. */
export function describeInitiator(account: string): Initiator {
  return { ID: canonicalUserId(account), DisplayName: account };
}
