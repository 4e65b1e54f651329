// The cloud's signing key: read, or made when there is none.

import type { AsyncOperationContext } from '../../aws/operation.ts';
import type { World } from '../../aws/service.ts';
import type { FunctionParcel, WebParcel } from './deliveries.table.ts';
import { type Signature, signEnvelope } from './envelope.ts';
import { createSigningKey } from './signatures.ts';
import { type SigningKeySpec, signingKeyId, signingKeyScope, signingKeys } from './signing-keys.table.ts';

export async function signingKeyOf(ctx: AsyncOperationContext): Promise<SigningKeySpec> {
  const known = ctx.get(signingKeys, signingKeyScope, signingKeyId)?.spec;
  if (known) return known;
  const made = await createSigningKey(ctx.nowMs, ctx.random);
  return ctx.transact((inner) => keep(inner.tableIn(signingKeys, signingKeyScope), made));
}

async function signingKeyOfWorld({ store, clock, random }: World): Promise<SigningKeySpec> {
  const known = store.read(signingKeys, signingKeyScope).get(signingKeyId)?.spec;
  if (known) return known;
  const made = await createSigningKey(clock.now(), random);
  return store.changeSpecs((transaction) => keep(transaction.table(signingKeys, signingKeyScope), made));
}

export async function signParcel(
  world: World,
  { members, signatureVersion, endpoint }: WebParcel | FunctionParcel,
): Promise<Signature> {
  const key = await signingKeyOfWorld(world);
  return signEnvelope(members, key, signatureVersion ?? '1', endpoint);
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
