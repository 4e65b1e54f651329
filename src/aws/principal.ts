// Who is calling.

export interface Principal {
  readonly kind: 'root' | 'user' | 'assumed-role' | 'federated-user' | 'service' | 'guest' | 'anonymous';
  /** `arn:aws:iam::000000000000:root`; for a service `ec2.amazonaws.com`. */
  readonly arn: string;
  /** The unique id, as GetCallerIdentity's UserId: the account for root, `AIDA…` for a user. */
  readonly userId: string;
  readonly account: string;
  readonly accessKeyId?: string | undefined;
}

export function rootPrincipal(account: string, accessKeyId?: string): Principal {
  return { kind: 'root', arn: `arn:aws:iam::${account}:root`, userId: account, account, accessKeyId };
}

/** A service of this cloud that acts for an account: `servicePrincipal('autoscaling', '000000000000')`. */
export function servicePrincipal(service: string, account: string): Principal {
  return { kind: 'service', arn: `${service}.amazonaws.com`, userId: service, account };
}

/** A guest that acts on itself, e.g. by powering itself off. */
export function guestPrincipal(instanceId: string, account: string): Principal {
  return { kind: 'guest', arn: instanceId, userId: instanceId, account };
}

export function anonymousPrincipal(account: string): Principal {
  return { kind: 'anonymous', arn: '*', userId: 'ANONYMOUS', account };
}
