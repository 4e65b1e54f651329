// CreateOpenIDConnectProvider, GetOpenIDConnectProvider, ListOpenIDConnectProviders and what changes them.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { IamApi } from '../../generated/iam.types.ts';
import { quotas } from '../service-quotas/index.ts';
import { entityAlreadyExists, invalidInput, noSuchOidcProvider, quotaExceeded, validationError } from './iam.errors.ts';
import { type OidcProviderRow, oidcProviderArnOf, oidcProviderKey, oidcProviders } from './oidc-providers.table.ts';
import { requireRoom } from './quotas.ts';
import { addTags, tagsShown } from './tags.ts';

const mostThumbprints = 5;
const mostClientIds = 100;

export const oidcProviderOperations = {
  CreateOpenIDConnectProvider(ctx, { Url, ClientIDList = [], ThumbprintList = [], Tags = [] }) {
    const { url, scheme } = parseProviderUrl(Url);
    checkThumbprints(ThumbprintList);
    if (ClientIDList.length > mostClientIds) throw quotaExceeded('ClientIdsPerOpenIdConnectProvider', mostClientIds);
    if (ctx.table(oidcProviders).has(url))
      throw entityAlreadyExists(`Provider with url https://${url} already exists.`);
    requireRoom(ctx, oidcProviders, quotas.oidcProviders, 'OpenIdConnectProvidersPerAccount');
    const row = ctx.table(oidcProviders).insert(url, {
      url,
      scheme,
      clientIds: [...new Set(ClientIDList)],
      thumbprints: ThumbprintList,
      tags: addTags([], Tags, 'OpenIdConnectProvider'),
    });
    return { OpenIDConnectProviderArn: oidcProviderArnOf(row), ...tagsShown(row.spec.tags) };
  },

  GetOpenIDConnectProvider(ctx, { OpenIDConnectProviderArn }) {
    const { spec, createdAtMs } = requireOidcProvider(ctx, OpenIDConnectProviderArn);
    return {
      Url: spec.url,
      ClientIDList: spec.clientIds,
      ThumbprintList: spec.thumbprints,
      CreateDate: createdAtMs,
      Tags: spec.tags,
    };
  },

  ListOpenIDConnectProviders(ctx) {
    const rows = [...ctx.table(oidcProviders).list()];
    return { OpenIDConnectProviderList: rows.map((row) => ({ Arn: oidcProviderArnOf(row) })) };
  },

  DeleteOpenIDConnectProvider(ctx, { OpenIDConnectProviderArn }) {
    // Deleting what is not there is no mistake.
    const key = oidcProviderKey(ctx.account, OpenIDConnectProviderArn);
    if (key !== undefined) ctx.table(oidcProviders).remove(key);
    return {};
  },

  AddClientIDToOpenIDConnectProvider(ctx, { OpenIDConnectProviderArn, ClientID }) {
    const { id, spec } = requireOidcProvider(ctx, OpenIDConnectProviderArn);
    if (spec.clientIds.includes(ClientID)) return {};
    if (spec.clientIds.length >= mostClientIds) throw quotaExceeded('ClientIdsPerOpenIdConnectProvider', mostClientIds);
    ctx.table(oidcProviders).update(id, () => ({ ...spec, clientIds: [...spec.clientIds, ClientID] }));
    return {};
  },

  RemoveClientIDFromOpenIDConnectProvider(ctx, { OpenIDConnectProviderArn, ClientID }) {
    const { id, spec } = requireOidcProvider(ctx, OpenIDConnectProviderArn);
    const clientIds = spec.clientIds.filter((clientId) => clientId !== ClientID);
    ctx.table(oidcProviders).update(id, () => ({ ...spec, clientIds }));
    return {};
  },

  UpdateOpenIDConnectProviderThumbprint(ctx, { OpenIDConnectProviderArn, ThumbprintList }) {
    const { id, spec } = requireOidcProvider(ctx, OpenIDConnectProviderArn);
    checkThumbprints(ThumbprintList);
    ctx.table(oidcProviders).update(id, () => ({ ...spec, thumbprints: ThumbprintList }));
    return {};
  },
} satisfies Operations<IamApi>;

export function requireOidcProvider(ctx: OperationContext, arn: string): OidcProviderRow {
  const key = oidcProviderKey(ctx.account, arn);
  const row = key === undefined ? undefined : ctx.table(oidcProviders).get(key);
  if (!row) throw noSuchOidcProvider(arn);
  return row;
}

/** Host and path, as tokens name their issuer. AWS drops a query. */
function parseProviderUrl(text: string): { readonly url: string; readonly scheme: 'https' | 'http' } {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalidUrl();
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalidUrl();
  return {
    url: `${url.host}${url.pathname}`.replace(/\/$/, ''),
    scheme: url.protocol === 'https:' ? 'https' : 'http',
  };
}

const invalidUrl = () => validationError('Invalid Open ID Connect Provider URL');

function checkThumbprints(thumbprints: readonly string[]): void {
  if (thumbprints.length > mostThumbprints) throw invalidInput('Thumbprint list must contain fewer than 5 entries.');
  if (thumbprints.some((thumbprint) => !/^[0-9A-Fa-f]{40}$/.test(thumbprint)))
    throw invalidInput('Thumbprints must be 40 hexadecimal digits.');
}
