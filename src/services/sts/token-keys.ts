// Makes the keys that tokens are signed with, and shows their public halves.

import { createPublicKey, generateKeyPair, type JsonWebKey } from 'node:crypto';
import { promisify } from 'node:util';
import type { AsyncOperationContext } from '../../aws/operation.ts';
import { newUuid } from '../../kernel/ids.ts';
import type { Store } from '../../kernel/store.ts';
import { isTokenAlgorithm, type TokenAlgorithm, type TokenKeySpec, tokenKeys } from './token-keys.table.ts';

const generate = promisify(generateKeyPair);

/** Two requests at once may make two; the first that is kept is the key. */
export async function ensureTokenKey(ctx: AsyncOperationContext, algorithm: TokenAlgorithm): Promise<TokenKeySpec> {
  const known = ctx.get(tokenKeys, { account: ctx.account, region: '' }, algorithm)?.spec;
  if (known) return known;
  const { privateKey } =
    algorithm === 'RS256'
      ? await generate('rsa', { modulusLength: 2048 })
      : await generate('ec', { namedCurve: 'secp384r1' });
  const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return ctx.transact((inner) => {
    const table = inner.table(tokenKeys);
    const made = table.get(algorithm) ?? table.insert(algorithm, { privateKeyPem, keyId: newUuid(ctx.random) });
    return made.spec;
  });
}

/** As a list of JSON web keys. */
export function publicKeysOf(store: Store, account: string): readonly JsonWebKey[] {
  return [...store.read(tokenKeys, { account, region: '' }).list()].flatMap(({ id, spec }) => {
    if (!isTokenAlgorithm(id)) return [];
    return [{ ...createPublicKey(spec.privateKeyPem).export({ format: 'jwk' }), kid: spec.keyId, alg: id, use: 'sig' }];
  });
}
