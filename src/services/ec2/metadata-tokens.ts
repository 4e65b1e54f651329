// IMDSv2's session tokens. A token carries its own end and the instance it is for under a keyed hash, so that none has
// to be remembered and all outlive a restart of the control plane, as the guests that hold them do.

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TimestampMs } from '../../kernel/clock.ts';
import type { Random } from '../../kernel/random.ts';
import type { Store } from '../../kernel/store.ts';
import { defineSpecTable } from '../../kernel/table.ts';

export const longestTokenTtlSeconds = 21_600;

interface TokenKeySpec {
  /** Base64. */
  readonly secret: string;
}

const tokenKeys = defineSpecTable<TokenKeySpec>({ name: 'ec2.metadataTokenKeys' });
const tokenKeyScope = { account: '', region: '' } as const;
const tokenKeyId = 'current';
const endLength = 6;
const hashLength = 32;

/** The cloud's key, made when it is first needed. */
export function tokenSecret(store: Store, random: Random): Buffer {
  const known = store.read(tokenKeys, tokenKeyScope).get(tokenKeyId);
  if (known) return Buffer.from(known.spec.secret, 'base64');
  const secret = Buffer.from(random.bytes(hashLength));
  store.changeSpecs((transaction) =>
    transaction.table(tokenKeys, tokenKeyScope).insert(tokenKeyId, { secret: secret.toString('base64') }),
  );
  return secret;
}

export function issueToken(secret: Buffer, instanceId: string, endsAtMs: TimestampMs): string {
  const end = Buffer.alloc(endLength);
  end.writeUIntBE(endsAtMs, 0, endLength);
  const token = Buffer.concat([end, sign(secret, instanceId, end)]);
  return token.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** When the token ends; undefined when it is not of this cloud and instance, or is over. */
export function checkToken(
  secret: Buffer,
  instanceId: string,
  token: string,
  nowMs: TimestampMs,
): TimestampMs | undefined {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== endLength + hashLength) return undefined;
  const end = bytes.subarray(0, endLength);
  if (!timingSafeEqual(sign(secret, instanceId, end), bytes.subarray(endLength))) return undefined;
  const endsAtMs = end.readUIntBE(0, endLength);
  return endsAtMs > nowMs ? endsAtMs : undefined;
}

function sign(secret: Buffer, instanceId: string, end: Buffer): Buffer {
  return createHmac('sha256', secret).update(end).update(instanceId).digest();
}
