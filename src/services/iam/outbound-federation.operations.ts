// EnableOutboundWebIdentityFederation, DisableOutboundWebIdentityFederation, GetOutboundWebIdentityFederationInfo: whether STS
// may tell others, in tokens that they can verify, who somebody in this account is.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { IamApi } from '../../generated/iam.types.ts';
import { newUuid } from '../../kernel/ids.ts';
import { accountKey, accounts, issuersPath, type OutboundFederation } from './accounts.table.ts';
import { featureDisabled, featureEnabled } from './iam.errors.ts';

export const outboundFederationOperations = {
  EnableOutboundWebIdentityFederation(ctx) {
    const known = ctx.table(accounts).get(accountKey)?.spec.outboundFederation;
    if (known?.isEnabled) throw featureEnabled();
    // Whoever trusts it knows it by its URL, so it stays the same.
    const issuerId = known?.issuerId ?? newUuid(ctx.random);
    const issuer = known?.issuer ?? `${ctx.endpoint}${issuersPath}${issuerId}`;
    keep(ctx, { issuerId, issuer, isEnabled: true });
    return { IssuerIdentifier: issuer };
  },

  DisableOutboundWebIdentityFederation(ctx) {
    keep(ctx, { ...requireEnabled(ctx), isEnabled: false });
    return {};
  },

  GetOutboundWebIdentityFederationInfo(ctx) {
    const { issuer, isEnabled } = requireEnabled(ctx);
    return { IssuerIdentifier: issuer, JwtVendingEnabled: isEnabled };
  },
} satisfies Operations<IamApi>;

function requireEnabled(ctx: OperationContext): OutboundFederation {
  const known = ctx.table(accounts).get(accountKey)?.spec.outboundFederation;
  if (!known?.isEnabled) throw featureDisabled();
  return known;
}

function keep(ctx: OperationContext, outboundFederation: OutboundFederation): void {
  ctx.table(accounts).update(accountKey, (spec) => ({ ...spec, outboundFederation }));
}
