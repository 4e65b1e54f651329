// Who is calling.

import type { TimestampMs } from '../kernel/clock.ts';

export interface Principal {
  readonly kind: 'root' | 'user' | 'assumed-role' | 'federated-user' | 'service' | 'guest' | 'anonymous';
  /** `arn:aws:iam::000000000000:root`; for a service `ec2.amazonaws.com`. */
  readonly arn: string;
  /** The unique id, as GetCallerIdentity's UserId: the account for root, `AIDA…` for a user, `AROA…:session` for a role's. */
  readonly userId: string;
  readonly account: string;
  readonly accessKeyId?: string | undefined;
  /** Of a root whose key nobody handed out and nobody verified: an emulator's user, who has no other identity. */
  readonly isBelieved?: boolean;
  /** Of temporary keys only: what STS wrote into them. */
  readonly session?: Session;
  /** Of a service that delivers on behalf of a resource: a topic, a bucket. Resource policies may ask for it. */
  readonly source?: ServiceSource;
}

export interface Session {
  /** The role that was assumed, with its path: `arn:aws:iam::000000000000:role/path/name`. */
  readonly roleArn?: string;
  /** Its `AROA…`: a role that was made anew under the same name is another. */
  readonly roleId?: string;
  readonly sessionName?: string;
  /** Of GetFederationToken: the user (or root) whose permissions limit the session. */
  readonly issuerArn?: string;
  /** Its `AIDA…`: a user that was made anew under the same name is another. */
  readonly issuerId?: string;
  readonly issuedAtMs: TimestampMs;
  readonly mfaAuthenticatedAtMs?: TimestampMs;
  /** Session tags. They win over the role's own of the same name. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Of the tags, those that a role which this session assumes gets as well. */
  readonly transitiveTagKeys?: readonly string[];
  readonly sourceIdentity?: string;
  /** `cognito-identity.amazonaws.com`, or the ARN of an OIDC or SAML provider. */
  readonly federatedProvider?: string;
  /** What the provider said of who signed in: `saml:sub`, `accounts.google.com:sub`. Keys in lower case. */
  readonly federatedClaims?: Readonly<Record<string, readonly string[]>>;
  /** Session policies, which limit: a document passed inline, and ARNs of managed policies. */
  readonly policy?: string;
  readonly policyArns?: readonly string[];
  /** Of AssumeRoot: root, as far as one task goes. */
  readonly isTask?: boolean;
}

export interface ServiceSource {
  readonly arn: string;
  readonly account: string;
}

export function rootPrincipal(account: string, accessKeyId?: string): Principal {
  return { kind: 'root', arn: `arn:aws:iam::${account}:root`, userId: account, account, accessKeyId };
}

/**
 * A service of this cloud that acts for an account: `servicePrincipal('autoscaling', '000000000000')`. With a `source`
 * it delivers to what may be somebody else's, and the receiver's policy decides.
 */
export function servicePrincipal(service: string, account: string, source?: ServiceSource): Principal {
  return { kind: 'service', arn: `${service}.amazonaws.com`, userId: service, account, ...(source && { source }) };
}

/** A guest that acts on itself, e.g. by powering itself off. */
export function guestPrincipal(instanceId: string, account: string): Principal {
  return { kind: 'guest', arn: instanceId, userId: instanceId, account };
}

export function anonymousPrincipal(account: string): Principal {
  return { kind: 'anonymous', arn: '*', userId: 'ANONYMOUS', account };
}
