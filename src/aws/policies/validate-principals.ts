// Principals in trust policies and in resources' policies, as far as they can be judged without knowing who exists.

import { PolicyFault } from './policy-fault.ts';
import { listOf, type PolicySource, type StatementSource } from './policy-syntax.ts';

export function checkPrincipals({ statements }: PolicySource, type: 'resource' | 'trust'): void {
  for (const statement of statements) {
    if (type === 'trust' && statement.NotPrincipal !== undefined) {
      throw new PolicyFault('Has prohibited field NotPrincipal.');
    }
    checkStatement(statement);
  }
}

function checkStatement({ Principal, NotPrincipal }: StatementSource): void {
  const principals = Principal ?? NotPrincipal;
  if (principals === '*') return;
  if (principals === undefined) throw noPrincipals();
  if (typeof principals === 'string') throw invalidPrincipal('AWS', principals);
  const kinds = Object.entries(principals).map(([kind, names]) => [kind, listOf(names)] as const);
  if (kinds.every(([, names]) => names.length === 0)) throw noPrincipals();
  for (const [kind, names] of kinds) {
    const form = Object.hasOwn(forms, kind) ? forms[kind] : undefined;
    const wrong = form ? names.find((name) => !form.test(name)) : (names[0] ?? '');
    if (wrong !== undefined) throw invalidPrincipal(kind, wrong);
  }
}

const forms: Readonly<Record<string, RegExp>> = {
  AWS: /^(?:\*|\d{12}|A[A-Z0-9]{15,}|arn:aws[a-z-]*:(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role|federated-user)\/[\w+=,.@/-]+))$/,
  Service: /^[a-z0-9][a-z0-9.-]*\.[a-z0-9.-]+$/i,
  Federated: /^(?:arn:aws[a-z-]*:iam::\d{12}:(?:oidc-provider|saml-provider)\/.+|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/i,
  CanonicalUser: /^[0-9a-f]{64}$/i,
};

/** As IAM words it, the class of its own exception included. */
function noPrincipals(): PolicyFault {
  return new PolicyFault(
    'Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has a statement with no principals!',
  );
}

function invalidPrincipal(kind: string, name: string): PolicyFault {
  return new PolicyFault(`Invalid principal in policy: "${kind === 'AWS' ? kind : kind.toUpperCase()}":"${name}"`);
}
