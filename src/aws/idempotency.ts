// Client tokens: the same request with the same token is carried out once, and answered alike each time.

import { createHash } from 'node:crypto';
import type { TimestampMs } from '../kernel/clock.ts';
import { defineSpecTable } from '../kernel/table.ts';
import type { AwsError } from './errors.ts';
import type { OperationContext } from './operation.ts';

interface IdempotencySpec {
  readonly requestHash: string;
  /** What the first request made: ids that the answer is described from. */
  readonly result: readonly string[];
  readonly expiresAtMs: TimestampMs;
}

export const idempotencyTokens = defineSpecTable<IdempotencySpec>({ name: 'aws.idempotencyTokens' });

const keptForMs = 24 * 3600_000;

export interface IdempotentRequest {
  /** `ec2:RunInstances`; tokens of different operations do not meet. */
  readonly operation: string;
  readonly token: string | undefined;
  /** The parameters that must be the same when the token is used again. */
  readonly parameters: unknown;
  /** Thrown when they are not: `IdempotentParameterMismatch`. */
  readonly mismatch: () => AwsError;
}

/** Returns the ids that `create` made, now or when the token was first used. */
export function idempotent(
  ctx: OperationContext,
  request: IdempotentRequest,
  create: () => readonly string[],
): readonly string[] {
  if (!request.token) return create();
  const tokens = ctx.table(idempotencyTokens);
  const id = createHash('sha256').update(`${request.operation}\n${request.token}`).digest('hex');
  const requestHash = createHash('sha256').update(canonicalJson(request.parameters)).digest('hex');
  const known = tokens.get(id)?.spec;
  if (known && known.expiresAtMs > ctx.nowMs) {
    if (known.requestHash !== requestHash) throw request.mismatch();
    return known.result;
  }
  if (known) tokens.remove(id);
  const result = create();
  tokens.insert(id, { requestHash, result, expiresAtMs: ctx.nowMs + keptForMs });
  return result;
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (member instanceof Uint8Array) return Buffer.from(member).toString('base64');
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
