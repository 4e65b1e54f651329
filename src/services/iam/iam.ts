// IAM's manifest.

import type { Service } from '../../aws/service.ts';
import { isUnfitForIam } from '../../aws/session-reach.ts';
import { accessAdvisorOperations } from './access-advisor.operations.ts';
import { accessKeyOperations } from './access-keys.operations.ts';
import { accountOperations } from './account.operations.ts';
import { accountDetailOperations } from './account-details.operations.ts';
import { accountKey, accounts } from './accounts.table.ts';
import { attachmentOperations } from './attachments.operations.ts';
import { boundaryOperations } from './boundaries.operations.ts';
import { credentialReportOperations } from './credential-reports.operations.ts';
import { createExpiryReconciler } from './expiry.reconciler.ts';
import { groupOperations } from './groups.operations.ts';
import { iamAuthorization } from './iam.authorization.ts';
import { inlinePolicyOperations } from './inline-policies.operations.ts';
import { instanceProfileOperations } from './instance-profiles.operations.ts';
import { loginProfileOperations } from './login-profiles.operations.ts';
import { mfaDeviceOperations } from './mfa-devices.operations.ts';
import { oidcProviderOperations } from './oidc-providers.operations.ts';
import { outboundFederationOperations } from './outbound-federation.operations.ts';
import { policyOperations } from './policies.operations.ts';
import { policyVersionOperations } from './policy-versions.operations.ts';
import { roleOperations } from './roles.operations.ts';
import { rootAccessOperations } from './root-access.operations.ts';
import { samlProviderOperations } from './saml-providers.operations.ts';
import { serverCertificateOperations } from './server-certificates.operations.ts';
import { serviceCredentialOperations } from './service-credentials.operations.ts';
import { serviceLinkedRoleOperations } from './service-linked-roles.operations.ts';
import { signingCertificateOperations } from './signing-certificates.operations.ts';
import { simulationOperations } from './simulation.operations.ts';
import { sshPublicKeyOperations } from './ssh-public-keys.operations.ts';
import { tagOperations } from './tags.operations.ts';
import { userOperations } from './users.operations.ts';

export const iam: Service = {
  id: 'iam',
  operations: {
    ...userOperations,
    ...accessKeyOperations,
    ...groupOperations,
    ...roleOperations,
    ...instanceProfileOperations,
    ...policyOperations,
    ...policyVersionOperations,
    ...attachmentOperations,
    ...inlinePolicyOperations,
    ...boundaryOperations,
    ...loginProfileOperations,
    ...mfaDeviceOperations,
    ...signingCertificateOperations,
    ...sshPublicKeyOperations,
    ...serviceCredentialOperations,
    ...serviceLinkedRoleOperations,
    ...oidcProviderOperations,
    ...samlProviderOperations,
    ...serverCertificateOperations,
    ...tagOperations,
    ...accountOperations,
    ...accountDetailOperations,
    ...credentialReportOperations,
    ...accessAdvisorOperations,
    ...simulationOperations,
    ...rootAccessOperations,
    ...outboundFederationOperations,
  },
  authorization: iamAuthorization,
  background: (world) => ({ reconcilers: [createExpiryReconciler(world)] }),
  refusesSession: isUnfitForIam,
  openScope(ctx) {
    // The account is the same in every region.
    if (!ctx.table(accounts).has(accountKey)) ctx.table(accounts).insert(accountKey, {});
  },
};
