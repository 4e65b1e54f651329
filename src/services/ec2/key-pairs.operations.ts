// CreateKeyPair, ImportKeyPair, DescribeKeyPairs, DeleteKeyPair.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-key-pairs.html

import { awsError } from '../../aws/errors.ts';
import type { FilterFields } from '../../aws/filters.ts';
import type { AsyncOperations, OperationContext, Operations } from '../../aws/operation.ts';
import type { Ec2Api, KeyPairInfo, TagSpecification } from '../../generated/ec2.types.ts';
import { newResourceId } from '../../kernel/ids.ts';
import { describeRows } from './describe.ts';
import { classicPaging } from './describe-paging.ts';
import { invalidParameterValue, missingParameter } from './ec2.errors.ts';
import { generateKeyMaterial, type PublicKeyMaterial, parsePublicKeyMaterial } from './key-material.ts';
import { keyPairs } from './key-pairs.table.ts';
import { findKeyPair, type KeyPairRow, keyPairsNotFound } from './key-pairs.ts';
import { formatPrivateKey } from './private-key-formats.ts';
import { applyTagSpecifications, checkTagSpecifications, forgetTags, resourceKinds } from './resources.ts';
import { describeTags, describeTagsIfAny, tagsOf } from './tags.table.ts';

export const keyPairOperations = {
  ImportKeyPair(ctx, { KeyName, PublicKeyMaterial, TagSpecifications }) {
    const material = parsePublicKeyMaterial(PublicKeyMaterial);
    if (!material) throw awsError('InvalidKey.Format', 'Key is not in valid OpenSSH public key format');
    const row = insertKeyPair(ctx, KeyName, material, TagSpecifications);
    const Tags = describeTagsIfAny(tagsOf(ctx, row.id));
    return { KeyFingerprint: row.spec.keyFingerprint, KeyName, KeyPairId: row.id, Tags };
  },

  DescribeKeyPairs(ctx, input) {
    const named = rowsNamed(ctx, input.KeyNames ?? []);
    const { described: KeyPairs } = describeRows(ctx, {
      operation: 'DescribeKeyPairs',
      kind: resourceKinds['key-pair'],
      input: { Filters: input.Filters },
      ids: input.KeyPairIds,
      fields: keyPairFilters,
      paging: classicPaging(),
      // Those that are named as well as those whose ids are given.
      ...(named.length > 0 && !input.KeyPairIds?.length && { rows: () => named }),
      describe: (row) => describeKeyPair(ctx, row, input.IncludePublicKey ?? false),
    });
    return { KeyPairs };
  },

  DeleteKeyPair(ctx, { KeyName, KeyPairId }) {
    if (KeyName === undefined && KeyPairId === undefined) throw missingParameter('KeyName or KeyPairId');
    const row = KeyPairId === undefined ? findKeyPair(ctx, KeyName ?? '') : ctx.table(keyPairs).get(KeyPairId);
    // Deleting what is not there succeeds, but gives no id.
    if (!row) return { Return: true };
    ctx.table(keyPairs).remove(row.id);
    forgetTags(ctx, row.id);
    return { Return: true, KeyPairId: row.id };
  },
} satisfies Operations<Ec2Api>;

export const keyPairAsyncOperations = {
  /** Looks first, so that a wrong request costs no key; then generates, then looks again in the transaction that writes. */
  async CreateKeyPair(ctx, { KeyName, KeyType = 'rsa', KeyFormat = 'pem', TagSpecifications }) {
    ctx.transact((inner) => checkNewKeyPair(inner, KeyName, TagSpecifications));
    const { privateKey, ...material } = await generateKeyMaterial(KeyType);
    return ctx.transact((inner) => {
      const row = insertKeyPair(inner, KeyName, material, TagSpecifications);
      return {
        KeyPairId: row.id,
        KeyName,
        KeyFingerprint: row.spec.keyFingerprint,
        KeyMaterial: formatPrivateKey(privateKey, KeyFormat, KeyName),
        Tags: describeTagsIfAny(tagsOf(inner, row.id)),
      };
    });
  },
} satisfies AsyncOperations<Ec2Api>;

const longestKeyName = 255;

function checkNewKeyPair(ctx: OperationContext, keyName: string, tags: readonly TagSpecification[] | undefined): void {
  if (keyName.trim() === '') throw missingParameter('KeyName');
  if (keyName.length > longestKeyName) {
    throw invalidParameterValue(
      `Value (${keyName}) for parameter KeyName is invalid. Length exceeds maximum of ${longestKeyName}.`,
    );
  }
  if (!/^[\x20-\x7e]+$/.test(keyName) || keyName !== keyName.trim()) {
    throw invalidParameterValue(
      `Value (${keyName}) for parameter KeyName is invalid. Key names are ASCII characters without leading or trailing spaces.`,
    );
  }
  checkTagSpecifications(['key-pair'], tags);
  if (findKeyPair(ctx, keyName)) {
    throw awsError('InvalidKeyPair.Duplicate', `The keypair '${keyName}' already exists.`);
  }
}

function insertKeyPair(
  ctx: OperationContext,
  keyName: string,
  { keyType, keyFingerprint, publicKey }: PublicKeyMaterial,
  tags: readonly TagSpecification[] | undefined,
): KeyPairRow {
  checkNewKeyPair(ctx, keyName, tags);
  const id = newResourceId(ctx.random, 'key');
  applyTagSpecifications(ctx, 'key-pair', id, tags);
  // The name replaces whatever comment the key came with.
  const spec = { keyName, keyType, keyFingerprint, publicKey: `${publicKey} ${keyName}` };
  return ctx.table(keyPairs).insert(id, spec);
}

/** In the order of the names given. */
function rowsNamed(ctx: OperationContext, keyNames: readonly string[]): readonly KeyPairRow[] {
  const names = [...new Set(keyNames)];
  const missing = names.filter((name) => !findKeyPair(ctx, name));
  if (missing.length > 0) throw keyPairsNotFound(missing);
  return names.map((name) => findKeyPair(ctx, name) as KeyPairRow);
}

const keyPairFilters: FilterFields<KeyPairRow> = {
  'key-pair-id': ({ id }) => id,
  'key-name': ({ spec }) => spec.keyName,
  fingerprint: ({ spec }) => spec.keyFingerprint,
};

function describeKeyPair(ctx: OperationContext, row: KeyPairRow, includePublicKey: boolean): KeyPairInfo {
  const { keyName, keyType, keyFingerprint, publicKey } = row.spec;
  return {
    KeyPairId: row.id,
    KeyName: keyName,
    KeyType: keyType,
    KeyFingerprint: keyFingerprint,
    CreateTime: row.createdAtMs,
    Tags: describeTags(tagsOf(ctx, row.id)),
    ...(includePublicKey && { PublicKey: publicKey }),
  };
}
