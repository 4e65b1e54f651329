// Which transactions were done under which client token: for ten minutes, the same request with the same token is not
// done again, and another one is refused. Kept by the engine, in the change that does the transaction.

import { createHash } from 'node:crypto';
import { awsError } from '../../aws/errors.ts';
import type { Write } from '../../drivers/items/items.ts';
import type { Scope } from '../../kernel/table.ts';

/** A space of their own, which belongs to no table. */
export const tokenSpace = '7478746f6b656e73';
const tokenPrefix = Buffer.from(tokenSpace, 'hex');

export const tokenLifetimeMs = 10 * 60_000;

interface KnownToken {
  readonly digest: string;
  readonly atMs: number;
}

export function tokenKey({ account, region }: Scope, token: string): Buffer {
  return Buffer.concat([tokenPrefix, createHash('sha256').update(`${account}/${region}/${token}`).digest()]);
}

/** True when the transaction was done already. */
export function checkToken(stored: string | undefined, digest: string, nowMs: number): boolean {
  const known = stored && readToken(stored);
  if (!known || known.atMs + tokenLifetimeMs <= nowMs) return false;
  if (known.digest === digest) return true;
  throw awsError(
    'IdempotentParameterMismatchException',
    'DynamoDB rejected the request because you retried a request with a different payload but with an idempotent token that was already used.',
  );
}

export function rememberToken(key: Buffer, digest: string, nowMs: number): Write {
  const known: KnownToken = { digest, atMs: nowMs };
  return { key, value: JSON.stringify(known) };
}

export function readToken(stored: string): KnownToken {
  return JSON.parse(stored) as KnownToken;
}
