// The cloud's signing key: read, or made when there is none.

import type { AsyncOperationContext } from '../../aws/operation.ts';
import type { World } from '../../aws/service.ts';
import { createSigningKey } from './signatures.ts';
import { type SigningKeySpec, signingKeyId, signingKeyScope, signingKeys } from './signing-keys.table.ts';

export async function signingKeyOf(ctx: AsyncOperationContext): Promise<SigningKeySpec> {
  const known = ctx.transact((inner) => inner.tableIn(signingKeys, signingKeyScope).get(signingKeyId)?.spec);
  if (known) return known;
  const made = await createSigningKey(ctx.nowMs, ctx.random);
  return ctx.transact((inner) => keep(inner.tableIn(signingKeys, signingKeyScope), made));
}

export async function signingKeyOfWorld({ store, clock, random }: World): Promise<SigningKeySpec> {
  const known = store.read(signingKeys, signingKeyScope).get(signingKeyId)?.spec;
  if (known) return known;
  const made = await createSigningKey(clock.now(), random);
  return store.changeSpecs((transaction) => keep(transaction.table(signingKeys, signingKeyScope), made));
}

/** Somebody else may have been quicker. */
function keep(
  keys: { get(id: string): { spec: SigningKeySpec } | undefined; insert(id: string, spec: SigningKeySpec): unknown },
  made: SigningKeySpec,
): SigningKeySpec {
  const known = keys.get(signingKeyId)?.spec;
  if (!known) keys.insert(signingKeyId, made);
  return known ?? made;
}
