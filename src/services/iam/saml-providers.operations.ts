// CreateSAMLProvider, GetSAMLProvider, ListSAMLProviders, UpdateSAMLProvider, DeleteSAMLProvider.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html

import { createPrivateKey } from 'node:crypto';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { IamApi } from '../../generated/iam.types.ts';
import { newIamId, newUuid } from '../../kernel/ids.ts';
import { quotas } from '../service-quotas/index.ts';
import { entityAlreadyExists, invalidInput, noSuchSamlProvider, quotaExceeded } from './iam.errors.ts';
import { keyOf } from './names.ts';
import { requireRoom } from './quotas.ts';
import { parseSamlMetadata } from './saml-metadata.ts';
import {
  type SamlPrivateKeySpec,
  type SamlProviderRow,
  type SamlProviderSpec,
  samlProviderArnOf,
  samlProviderKey,
  samlProviders,
} from './saml-providers.table.ts';
import { addTags, tagsShown } from './tags.ts';

const mostPrivateKeys = 2;
/** Of metadata that does not say. */
const defaultValidityMs = 100 * 365 * 24 * 3600_000;

export const samlProviderOperations = {
  CreateSAMLProvider(ctx, input) {
    const { SAMLMetadataDocument, Name, Tags = [], AssertionEncryptionMode, AddPrivateKey } = input;
    const { validUntilMs = ctx.nowMs + defaultValidityMs } = parseSamlMetadata(SAMLMetadataDocument);
    const key = keyOf(Name);
    if (ctx.table(samlProviders).has(key)) throw entityAlreadyExists(`SAMLProvider with name ${Name} already exists.`);
    requireRoom(ctx, samlProviders, quotas.samlProviders, 'SAMLProvidersPerAccount');
    const privateKeys = AddPrivateKey === undefined ? [] : [parsePrivateKey(ctx, AddPrivateKey)];
    checkEncryption(AssertionEncryptionMode, privateKeys);
    const row = ctx.table(samlProviders).insert(key, {
      name: Name,
      metadata: SAMLMetadataDocument,
      uuid: newUuid(ctx.random),
      validUntilMs,
      ...(AssertionEncryptionMode !== undefined && { encryptionMode: AssertionEncryptionMode }),
      privateKeys,
      tags: addTags([], Tags, 'SAMLProvider'),
    });
    return { SAMLProviderArn: samlProviderArnOf(row), ...tagsShown(row.spec.tags) };
  },

  GetSAMLProvider(ctx, { SAMLProviderArn }) {
    const { spec, createdAtMs } = requireSamlProvider(ctx, SAMLProviderArn);
    return {
      SAMLProviderUUID: spec.uuid,
      SAMLMetadataDocument: spec.metadata,
      CreateDate: createdAtMs,
      ValidUntil: spec.validUntilMs,
      Tags: spec.tags,
      ...(spec.encryptionMode !== undefined && { AssertionEncryptionMode: spec.encryptionMode }),
      PrivateKeyList: spec.privateKeys.map(({ keyId, addedAtMs }) => ({ KeyId: keyId, Timestamp: addedAtMs })),
    };
  },

  ListSAMLProviders(ctx) {
    const rows = [...ctx.table(samlProviders).list()];
    return {
      SAMLProviderList: rows.map((row) => ({
        Arn: samlProviderArnOf(row),
        ValidUntil: row.spec.validUntilMs,
        CreateDate: row.createdAtMs,
      })),
    };
  },

  UpdateSAMLProvider(ctx, input) {
    const { SAMLMetadataDocument, SAMLProviderArn, AssertionEncryptionMode, AddPrivateKey, RemovePrivateKey } = input;
    const row = requireSamlProvider(ctx, SAMLProviderArn);
    const { spec } = row;
    const metadata = SAMLMetadataDocument ?? spec.metadata;
    const { validUntilMs = spec.validUntilMs } = parseSamlMetadata(metadata);
    const kept = spec.privateKeys.filter(({ keyId }) => keyId !== RemovePrivateKey);
    if (RemovePrivateKey !== undefined && kept.length === spec.privateKeys.length)
      throw invalidInput(`The private key ${RemovePrivateKey} cannot be found.`);
    const privateKeys = AddPrivateKey === undefined ? kept : [...kept, parsePrivateKey(ctx, AddPrivateKey)];
    if (privateKeys.length > mostPrivateKeys) throw quotaExceeded('PrivateKeysPerSAMLProvider', mostPrivateKeys);
    const encryptionMode = AssertionEncryptionMode ?? spec.encryptionMode;
    checkEncryption(encryptionMode, privateKeys);
    ctx.table(samlProviders).update(
      row.id,
      (): SamlProviderSpec => ({
        ...spec,
        metadata,
        validUntilMs,
        privateKeys,
        ...(encryptionMode !== undefined && { encryptionMode }),
      }),
    );
    return { SAMLProviderArn: samlProviderArnOf(row) };
  },

  DeleteSAMLProvider(ctx, { SAMLProviderArn }) {
    ctx.table(samlProviders).remove(requireSamlProvider(ctx, SAMLProviderArn).id);
    return {};
  },
} satisfies Operations<IamApi>;

export function requireSamlProvider(ctx: OperationContext, arn: string): SamlProviderRow {
  const key = samlProviderKey(ctx.account, arn);
  const row = key === undefined ? undefined : ctx.table(samlProviders).get(key);
  if (!row) throw noSuchSamlProvider(arn);
  return row;
}

function parsePrivateKey(ctx: OperationContext, pem: string): SamlPrivateKeySpec {
  try {
    createPrivateKey(pem);
  } catch {
    throw invalidInput('Could not parse private key');
  }
  return { keyId: newIamId(ctx.random, 'ASPK', 21), privateKey: pem, addedAtMs: ctx.nowMs };
}

function checkEncryption(mode: SamlProviderSpec['encryptionMode'], keys: readonly SamlPrivateKeySpec[]): void {
  if (mode === 'Required' && keys.length === 0)
    throw invalidInput('A private key is required when assertion encryption is required.');
}
