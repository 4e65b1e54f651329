// AssumeRole: keys of a role, for whom its trust policy names.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { Principal } from '../../aws/principal.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { AssumeRoleRequest, StsApi } from '../../generated/sts.types.ts';
import { verifyMfa } from '../iam/index.ts';
import { checkDuration, findRole, openRoleSession } from './role-sessions.ts';
import { parseSessionPolicies, parseSessionTags } from './session-limits.ts';
import { accessDenied, invalidMfaCode, validationError } from './sts.errors.ts';
import { requireTrust } from './trust.ts';

export const assumeRoleOperations = {
  AssumeRole(ctx, input) {
    if (input.ProvidedContexts?.length) throw validationError('ProvidedContexts are not supported');
    const { policies } = ctx;
    const principal = withMfa(ctx, input);
    const { session: caller } = principal;
    const limits = parseSessionPolicies(input);
    const tags = parseSessionTags(input.Tags, input.TransitiveTagKeys, caller);
    const sourceIdentity = sourceIdentityOf(input, principal);
    const keys = {
      'sts:externalid': input.ExternalId,
      'sts:rolesessionname': input.RoleSessionName,
      'sts:sourceidentity': sourceIdentity,
      'sts:transitivetagkeys': input.TransitiveTagKeys?.length ? input.TransitiveTagKeys : undefined,
    };
    const requestTags = input.Tags && tagsByKey(input.Tags);
    const role = requireTrust(
      ctx,
      { principal, policies, roleArn: input.RoleArn, role: findRole(ctx, input.RoleArn), keys, requestTags },
      [
        'AssumeRole',
        ...(tags.tags ? (['TagSession'] as const) : []),
        ...(sourceIdentity !== undefined ? (['SetSourceIdentity'] as const) : []),
      ],
    );
    const isChained = caller?.roleArn !== undefined;
    const isOfService = principal.kind === 'service';
    const seconds = checkDuration(role, input.DurationSeconds, { isChained, isOfService });
    return openRoleSession(ctx, {
      role,
      sessionName: input.RoleSessionName,
      seconds,
      session: {
        ...limits,
        ...tags,
        ...(caller?.mfaAuthenticatedAtMs !== undefined && { mfaAuthenticatedAtMs: caller.mfaAuthenticatedAtMs }),
        ...(sourceIdentity !== undefined && { sourceIdentity }),
      },
    });
  },
} satisfies Operations<StsApi>;

/** The caller, and that its code was right. A code that is wrong ends it, whether or not the role asks for one. */
function withMfa(ctx: OperationContext, { SerialNumber, TokenCode }: AssumeRoleRequest): Principal {
  const { principal } = ctx;
  if (SerialNumber === undefined && TokenCode === undefined) return principal;
  const isRight =
    SerialNumber !== undefined &&
    TokenCode !== undefined &&
    principal.kind === 'user' &&
    verifyMfa(ctx, principal.userId, SerialNumber, TokenCode);
  if (!isRight) throw invalidMfaCode();
  const session = { ...(principal.session ?? { issuedAtMs: ctx.nowMs }), mfaAuthenticatedAtMs: ctx.nowMs };
  return { ...principal, session };
}

/** Once it is set it stays through a chain of roles. */
function sourceIdentityOf({ SourceIdentity }: AssumeRoleRequest, { session }: Principal): string | undefined {
  const set = session?.sourceIdentity;
  if (set !== undefined && SourceIdentity !== undefined && SourceIdentity !== set) {
    throw accessDenied('The source identity that is set in the calling session cannot be changed');
  }
  return set ?? SourceIdentity;
}
