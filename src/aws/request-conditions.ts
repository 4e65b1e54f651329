// The condition keys of a request, worked out when a policy asks for one: most policies ask for none.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html

import { formatIso, type TimestampMs } from '../kernel/clock.ts';
import type { KeyValue, Tags } from './authorization.ts';
import { isFromHere } from './loopback.ts';
import type { PrincipalPolicies } from './policies/decision.ts';
import type { Principal } from './principal.ts';
import type { GatewayRequest } from './request.ts';

export interface ConditionFacts {
  readonly principal: Principal;
  /** The principal's own, of the user or role; session tags come on top. */
  readonly principalTags?: Tags | undefined;
  readonly organizationOf?: PrincipalPolicies['organizationOf'];
  readonly nowMs: TimestampMs;
  readonly region: string;
  readonly request?: GatewayRequest | undefined;
  readonly resourceAccount?: string | undefined;
  resourceTags?(): Tags;
  requestTags?(): Tags | undefined;
  tagKeys?(): readonly string[] | undefined;
  /** Keys of the service's own, in lower case. */
  own?(key: string): KeyValue;
}

/** The keys of the request, in lower case and without values that policies do not find. */
export class RequestConditions {
  readonly #facts: ConditionFacts;

  constructor(facts: ConditionFacts) {
    this.#facts = facts;
  }

  get(key: string): readonly string[] | undefined {
    return listed(key.startsWith('aws:') ? globalKey(key.slice(4), this.#facts) : this.#facts.own?.(key));
  }
}

/** Keys are users' texts, so a look-up by one may have found what every object has: that is no value. */
function listed(value: KeyValue): readonly string[] | undefined {
  if (Array.isArray(value)) return value as readonly string[];
  return value === undefined || typeof value === 'object' || typeof value === 'function' ? undefined : [String(value)];
}

function globalKey(key: string, facts: ConditionFacts): KeyValue {
  const slash = key.indexOf('/');
  if (slash >= 0) return tagKey(key.slice(0, slash), key.slice(slash + 1), facts);
  // The key is a user's text: `constructor` is no key.
  const known = Object.hasOwn(globalKeys, key) ? globalKeys[key] : undefined;
  return known ? known(facts) : facts.own?.(`aws:${key}`);
}

function tagKey(family: string, name: string, facts: ConditionFacts): string | undefined {
  if (family === 'resourcetag') return tagOf(facts.resourceTags?.(), name);
  if (family === 'requesttag') return tagOf(facts.requestTags?.(), name);
  if (family !== 'principaltag') return undefined;
  return tagOf(facts.principal.session?.tags, name) ?? tagOf(facts.principalTags, name);
}

/** Names of tags are told apart by case, but not in condition keys. */
export function tagOf(tags: Tags | undefined, name: string): string | undefined {
  if (!tags) return undefined;
  for (const key in tags) if (key === name || key.toLowerCase() === name) return tags[key];
  return undefined;
}

type Key = (facts: ConditionFacts) => KeyValue;

/** Those that AWS has for every request, without their prefix. */
const globalKeys: Readonly<Record<string, Key>> = {
  currenttime: ({ nowMs }) => formatIso(nowMs, 'seconds'),
  epochtime: ({ nowMs }) => Math.floor(nowMs / 1000),
  principaltype: ({ principal }) => principalTypes[principal.kind],
  principalarn: ({ principal }) => (isIdentity(principal) ? (principal.session?.roleArn ?? principal.arn) : undefined),
  principalaccount: ({ principal }) => (isIdentity(principal) ? principal.account : undefined),
  principalorgid: (facts) => organizationOfPrincipal(facts)?.id,
  principalorgpaths: (facts) => organizationOfPrincipal(facts)?.paths,
  principalorgmasteraccount: (facts) => organizationOfPrincipal(facts)?.managementAccount,
  userid: ({ principal }) => (principal.kind === 'service' ? undefined : principal.userId),
  username: ({ principal }) => (principal.kind === 'user' ? afterLastSlash(principal.arn) : undefined),
  principalisawsservice: ({ principal }) => principal.kind === 'service',
  principalservicename: ({ principal }) => (principal.kind === 'service' ? principal.arn : undefined),
  principalservicenameslist: ({ principal }) => (principal.kind === 'service' ? [principal.arn] : undefined),
  sourcearn: ({ principal }) => principal.source?.arn,
  sourceaccount: ({ principal }) => principal.source?.account,
  // An older name, which topics' default policies go by.
  sourceowner: ({ principal }) => principal.source?.account,
  sourceidentity: ({ principal }) => principal.session?.sourceIdentity,
  federatedprovider: ({ principal }) => principal.session?.federatedProvider,
  tokenissuetime: ({ principal }) => principal.session && formatIso(principal.session.issuedAtMs, 'seconds'),
  // Keys that last have no such key at all: a policy that only says `false` lets them by.
  multifactorauthpresent: ({ principal }) => principal.session && principal.session.mfaAuthenticatedAtMs !== undefined,
  multifactorauthage: ({ principal, nowMs }) =>
    principal.session?.mfaAuthenticatedAtMs === undefined
      ? undefined
      : Math.floor((nowMs - principal.session.mfaAuthenticatedAtMs) / 1000),
  sourceip: ({ request }) => request?.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, ''),
  // A proxy on this host may end TLS before the cloud. Anybody else could only claim that there was some.
  securetransport: ({ request }) =>
    request && request.headers['x-forwarded-proto'] === 'https' && isFromHere(request.remoteAddress),
  useragent: ({ request }) => request?.headers['user-agent'],
  referer: ({ request }) => request?.headers['referer'],
  requestedregion: ({ region, principal }) => (principal.kind === 'service' ? undefined : region),
  viaawsservice: () => false,
  resourceaccount: ({ resourceAccount }) => resourceAccount,
  resourceorgid: (facts) => organizationOfResource(facts)?.id,
  resourceorgpaths: (facts) => organizationOfResource(facts)?.paths,
  tagkeys: (facts) => {
    const given = facts.tagKeys?.() ?? Object.keys(facts.requestTags?.() ?? {});
    return given.length > 0 ? given : undefined;
  },
};

export const globalKeyNames: readonly string[] = Object.keys(globalKeys).map((name) => `aws:${name}`);

const organizationOfPrincipal = ({ principal, organizationOf }: ConditionFacts) =>
  isIdentity(principal) ? organizationOf?.(principal.account) : undefined;

const organizationOfResource = ({ resourceAccount, organizationOf }: ConditionFacts) =>
  resourceAccount === undefined ? undefined : organizationOf?.(resourceAccount);

const principalTypes: Readonly<Record<Principal['kind'], string | undefined>> = {
  anonymous: 'Anonymous',
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
  service: undefined,
  guest: undefined,
};

const isIdentity = ({ kind }: Principal): boolean => kind !== 'anonymous' && kind !== 'service' && kind !== 'guest';

const afterLastSlash = (text: string): string => text.slice(text.lastIndexOf('/') + 1);
