// A second evaluator, as slow and as literal as AWS's documentation tells it, to check the compiled one against. It shares
// no code with it: patterns are regular expressions here, addresses a BlockList, and nothing is prepared.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html

import { BlockList, isIP } from 'node:net';
import type { Principal } from '../principal.ts';

/** A policy document as it is written. */
export interface Document {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: StatementDocument | readonly StatementDocument[];
}

export type Texts = string | readonly string[];
export type PrincipalElement = '*' | Readonly<Record<string, Texts>>;

export interface StatementDocument {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: PrincipalElement;
  readonly NotPrincipal?: PrincipalElement;
  readonly Action?: Texts;
  readonly NotAction?: Texts;
  readonly Resource?: Texts;
  readonly NotResource?: Texts;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface NaivePolicies {
  readonly identity?: readonly Document[];
  readonly boundary?: Document | undefined;
  readonly session?: readonly Document[] | undefined;
  readonly serviceControl?: readonly (readonly Document[])[] | undefined;
  readonly resourceControl?: readonly (readonly Document[])[] | undefined;
  readonly resource?: Document | undefined;
  /** Trust policies and those of KMS keys. */
  readonly resourceMustGrant?: boolean;
}

export interface NaiveRequest {
  readonly principal: Principal;
  readonly canonicalUserId?: string | undefined;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
}

export type Outcome = 'allow' | 'explicitDeny' | 'implicitDeny';

export function decideNaively(request: NaiveRequest, policies: NaivePolicies): Outcome {
  const { identity = [], boundary, session, serviceControl, resourceControl, resource } = policies;
  const own = [...identity, boundary ?? [], session ?? [], serviceControl ?? [], resourceControl ?? []].flat(2);
  const isOwnRoot = request.principal.kind === 'root';

  // "By default, all requests are denied … In all those policies, the enforcement code looks for a Deny statement."
  if (
    own
      .filter((document) => !(isOwnRoot && identity.includes(document)))
      .some((document) => says(document, 'Deny', request))
  ) {
    return 'explicitDeny';
  }
  if (resource && saysOfPrincipal(resource, 'Deny', request, boundary !== undefined).length > 0) return 'explicitDeny';

  // "If there is no applicable Allow in the resource control policies, the request is implicitly denied."
  if (resourceControl && !everyLevelAllows(resourceControl, request)) return 'implicitDeny';

  const grants = resource ? saysOfPrincipal(resource, 'Allow', request) : [];
  const { kind, account } = request.principal;
  // Somebody with a provider's token is of no account before a role is assumed.
  const isNobodys = kind === 'anonymous' || kind === 'service' || kind === 'guest' || account === '';
  if (isNobodys) return grants.length > 0 ? 'allow' : 'implicitDeny';
  // "If there is no Allow in the service control policies, …"
  if (serviceControl && !everyLevelAllows(serviceControl, request)) return 'implicitDeny';

  const isSameAccount = account === request.resourceAccount;
  if (!isSameAccount || policies.resourceMustGrant) {
    if (grants.length === 0) return 'implicitDeny';
  }
  if (isOwnRoot) return 'allow';

  const identityAllows = identity.some((document) => says(document, 'Allow', request));
  const boundaryAllows = boundary === undefined || says(boundary, 'Allow', request);
  // "If there is no session policy … the principal is a role session, then the request is Allowed. Otherwise, … Deny."
  const sessionAllows = session
    ? session.some((document) => says(document, 'Allow', request))
    : kind !== 'federated-user';

  // Across accounts both must allow: "AWS evaluates in the trusted account and in the trusting account".
  if (!isSameAccount) return identityAllows && boundaryAllows && sessionAllows ? 'allow' : 'implicitDeny';

  // "Permissions granted directly to a session are not limited by an implicit deny in an identity-based policy, a permissions
  // boundary, or session policy"; and of `*`: "For IAM users and role principals within your account, no other permissions
  // are required."
  if (grants.includes('itself') || grants.includes('anyone')) return 'allow';
  // "Resource-based policies that grant permissions to an IAM role ARN are limited by an implicit deny in a permissions
  // boundary or session policy."
  const isAllowed = identityAllows || grants.includes('its role');
  return isAllowed && boundaryAllows && sessionAllows ? 'allow' : 'implicitDeny';
}

const everyLevelAllows = (levels: readonly (readonly Document[])[], request: NaiveRequest): boolean =>
  levels.every((level) => level.some((document) => says(document, 'Allow', request)));

function statementsOf({ Statement }: Document): readonly StatementDocument[] {
  return Array.isArray(Statement) ? (Statement as readonly StatementDocument[]) : [Statement as StatementDocument];
}

const list = (texts: Texts | undefined): readonly string[] => (typeof texts === 'string' ? [texts] : (texts ?? []));

function says(document: Document, effect: 'Allow' | 'Deny', request: NaiveRequest): boolean {
  return statementsOf(document).some(
    (statement) => statement.Effect === effect && isAbout(statement, document, request),
  );
}

type Named = 'itself' | 'its role' | 'its account' | 'anyone';

/** By which names the statements of a resource's policy that apply name the principal. */
function saysOfPrincipal(
  document: Document,
  effect: 'Allow' | 'Deny',
  request: NaiveRequest,
  hasBoundary = false,
): readonly Named[] {
  return statementsOf(document).flatMap((statement) => {
    if (statement.Effect !== effect || !isAbout(statement, document, request)) return [];
    if (statement.Principal !== undefined) return namesIn(statement.Principal, request);
    if (statement.NotPrincipal === undefined) return [];
    // "… with a Deny effect will always deny any IAM principal that has a permissions boundary policy attached."
    const isDenied = effect === 'Deny' && hasBoundary && !written(statement.NotPrincipal).includes('AWS *');
    return isSpared(statement.NotPrincipal, effect, request) && !isDenied ? [] : ['anyone' as const];
  });
}

function isAbout(statement: StatementDocument, document: Document, request: NaiveRequest): boolean {
  const hasVariables = document.Version === '2012-10-17';
  const { Action, NotAction, Resource, NotResource, Condition = {} } = statement;
  const action = request.action.toLowerCase();
  const isAction = (pattern: string) => glob(pattern.toLowerCase(), action);
  if (Action !== undefined ? !list(Action).some(isAction) : list(NotAction).some(isAction)) return false;
  const isResource = (pattern: string) => {
    const filled = fill(completed(pattern), request, hasVariables);
    return filled !== undefined && globParts(filled, request.resource);
  };
  if (Resource !== undefined && !list(Resource).some(isResource)) return false;
  if (NotResource !== undefined && list(NotResource).some(isResource)) return false;
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      conditionHolds(operator, key, [values].flat().map(String), request, hasVariables),
    ),
  );
}

/** "If you specify an incomplete ARN, AWS automatically completes the ARN by adding wildcard characters." */
function completed(pattern: string): string {
  let arn = pattern;
  const colons = () => arn.replace(/\$\{.*?\}/g, '').match(/:/g)?.length ?? 0;
  while (arn.startsWith('arn:') && colons() < 5) arn += ':*';
  return arn;
}

// --- principals

function namesOf({
  principal,
  canonicalUserId,
}: NaiveRequest): Readonly<Record<Exclude<Named, 'anyone'>, readonly string[]>> {
  const { kind, arn, userId, account, session } = principal;
  const partition = arn.split(':')[1] ?? 'aws';
  const accountNames = [
    `AWS ${account}`,
    `AWS arn:${partition}:iam::${account}:root`,
    ...(canonicalUserId === undefined ? [] : [`CanonicalUser ${canonicalUserId}`]),
  ];
  switch (kind) {
    case 'root':
      return {
        itself: [`AWS ${account}`, `AWS arn:${partition}:iam::${account}:root`],
        'its role': [],
        'its account': accountNames,
      };
    case 'user':
      return { itself: [`AWS ${arn}`, `AWS ${userId}`], 'its role': [], 'its account': accountNames };
    case 'assumed-role': {
      const provider = session?.federatedProvider === undefined ? [] : [`Federated ${session.federatedProvider}`];
      const role = [`AWS ${session?.roleArn}`, `AWS ${userId.split(':')[0]}`, ...provider];
      return { itself: [`AWS ${arn}`, `AWS ${userId}`], 'its role': role, 'its account': accountNames };
    }
    case 'federated-user':
      return {
        itself: [`AWS ${arn}`, `AWS ${userId}`],
        'its role': [`AWS ${session?.issuerArn}`],
        'its account': accountNames,
      };
    case 'service':
      return { itself: [`Service ${arn}`, 'Service *'], 'its role': [], 'its account': [] };
    default:
      return { itself: [], 'its role': [], 'its account': [] };
  }
}

function written(element: PrincipalElement): readonly string[] {
  if (element === '*') return ['AWS *'];
  return Object.entries(element).flatMap(([kind, names]) => list(names).map((name) => `${kind} ${name}`));
}

function namesIn(element: PrincipalElement, request: NaiveRequest): readonly Named[] {
  const listed = written(element);
  const found = Object.entries(namesOf(request)).flatMap(([named, names]) =>
    names.some((name) => listed.includes(name)) ? [named as Named] : [],
  );
  return listed.includes('AWS *') ? [...found, 'anyone'] : found;
}

/** A Deny spares who is listed by every name: "you must also specify the account ARN of the not-denied principal". */
function isSpared(element: PrincipalElement, effect: 'Allow' | 'Deny', request: NaiveRequest): boolean {
  const listed = written(element);
  if (listed.includes('AWS *')) return true;
  const groups = Object.values(namesOf(request)).filter((names) => names.length > 0);
  const relevant = request.principal.kind === 'root' ? [namesOf(request)['its account']] : groups;
  const isListed = (names: readonly string[]) => names.some((name) => listed.includes(name));
  if (effect === 'Allow') return relevant.some(isListed);
  return relevant.length > 0 && relevant.every(isListed);
}

// --- patterns

const wildcards = '\uE000*';
const single = '\uE000?';

/** Marks the wildcards of a pattern, and puts the values of variables in, whose own asterisks are none. */
function fill(pattern: string, { context }: Pick<NaiveRequest, 'context'>, hasVariables: boolean): string | undefined {
  let isKnown = true;
  const filled = pattern.replace(/\$\{([^}]*)\}|\*|\?/g, (found, inside: string | undefined) => {
    if (found === '*') return wildcards;
    if (found === '?') return single;
    if (!hasVariables) return found.replace(/\*/g, wildcards).replace(/\?/g, single);
    if (inside === '*' || inside === '?' || inside === '$') return inside;
    const [key = '', ...rest] = (inside ?? '').split(',');
    const values = context[key.trim().toLowerCase()] ?? [];
    const fallback = rest.length === 0 ? undefined : /^'(.*)'$/s.exec(rest.join(',').trim())?.[1];
    const value = values.length === 0 ? fallback : values.length === 1 ? values[0] : undefined;
    if (value === undefined) isKnown = false;
    return value ?? '';
  });
  return isKnown ? filled : undefined;
}

function globParts(filled: string, text: string): boolean {
  const source = filled
    .split(/(\uE000[*?])/)
    .map((part) => (part === wildcards ? '.*' : part === single ? '.' : part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 's').test(text);
}

const glob = (pattern: string, text: string): boolean => globParts(fill(pattern, { context: {} }, false) ?? '', text);

// --- conditions

function conditionHolds(
  name: string,
  key: string,
  wanted: readonly string[],
  request: NaiveRequest,
  hasVariables: boolean,
): boolean {
  const [set, qualified] = name.includes(':') ? (name.split(':') as [string, string]) : [undefined, name];
  const ifExists = qualified.endsWith('IfExists');
  const operator = ifExists ? qualified.slice(0, -'IfExists'.length) : qualified;
  const actual = request.context[key.toLowerCase()] ?? [];
  if (operator === 'Null')
    return wanted.some((value) => value.toLowerCase() === (actual.length === 0 ? 'true' : 'false'));
  const isNegated = /Not/.test(operator);
  const isOf = (value: string) =>
    wanted.some((one) => compare(operator.replace('Not', ''), value, one, request, hasVariables));
  if (set !== undefined) {
    const values = actual.length === 1 && actual[0] === '' ? [] : actual;
    if (values.length === 0) return ifExists || set === 'ForAllValues';
    return set === 'ForAllValues'
      ? values.every((value) => isOf(value) !== isNegated)
      : values.some((value) => isOf(value) !== isNegated);
  }
  if (actual.length === 0) return ifExists || isNegated;
  return actual.some(isOf) !== isNegated;
}

function compare(
  operator: string,
  actual: string,
  wanted: string,
  request: NaiveRequest,
  hasVariables: boolean,
): boolean {
  const filled = fill(wanted, request, hasVariables);
  const plain = filled?.replaceAll('\uE000', '');
  switch (operator) {
    case 'StringEquals':
      return plain === actual;
    case 'StringEqualsIgnoreCase':
      return plain?.toLowerCase() === actual.toLowerCase();
    case 'StringLike':
      return filled !== undefined && globParts(filled, actual);
    case 'ArnEquals':
    case 'ArnLike':
      return isArnLike(wanted, actual, request, hasVariables);
    case 'Bool':
      return plain !== undefined && /^(true|false)$/i.test(plain) && plain.toLowerCase() === actual.toLowerCase();
    case 'BinaryEquals':
      return (
        isBinary(wanted) && isBinary(actual) && Buffer.from(wanted, 'base64').equals(Buffer.from(actual, 'base64'))
      );
    case 'IpAddress':
      return isWithin(actual, wanted);
    default:
      return ordered(operator, actual, wanted);
  }
}

const isBinary = (text: string): boolean => /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);

function ordered(operator: string, actual: string, wanted: string): boolean {
  const [, type = '', comparison = ''] = /^(Numeric|Date)(.*)$/.exec(operator) ?? [];
  const read = type === 'Date' ? moment : decimal;
  const [a, b] = [read(actual), read(wanted)];
  if (Number.isNaN(a) || Number.isNaN(b)) return false;
  const results: Readonly<Record<string, boolean>> = {
    Equals: a === b,
    LessThan: a < b,
    LessThanEquals: a <= b,
    GreaterThan: a > b,
    GreaterThanEquals: a >= b,
  };
  return results[comparison] as boolean;
}

const decimal = (text: string): number => (/^[+-]?\d*\.?\d+(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN);
const moment = (text: string): number => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text));

/** "Each of the six colon-delimited components of the ARN is checked separately." */
function isArnLike(wanted: string, actual: string, request: NaiveRequest, hasVariables: boolean): boolean {
  const texts = sixParts(actual.split(':'));
  const hidden = hasVariables ? wanted.replace(/\$\{[^}]*\}/g, (found) => found.replaceAll(':', '\uE001')) : wanted;
  const patterns = sixParts(hidden.split(':')).map((part) => part.replaceAll('\uE001', ':'));
  if (patterns.length < 6 && !patterns.at(-1)?.endsWith('*')) {
    const isVariable = hasVariables && /\$\{[^*?$]/.test(wanted);
    return isVariable && fill(wanted, request, true)?.replaceAll('\uE000', '') === actual;
  }
  while (patterns.length < 6) patterns.push('*');
  return (
    texts.length === 6 &&
    patterns.every((pattern, at) => {
      const filled = fill(pattern, request, hasVariables);
      return filled !== undefined && globParts(filled, texts[at] ?? '');
    })
  );
}

const sixParts = (parts: readonly string[]): string[] =>
  parts.length < 6 ? [...parts] : [...parts.slice(0, 5), parts.slice(5).join(':')];

function isWithin(actual: string, block: string): boolean {
  const family = isIP(actual);
  const [network = '', bits = family === 4 ? '32' : '128', ...rest] = block.split('/');
  if (family === 0 || isIP(network) !== family || rest.length > 0 || !/^\d+$/.test(bits)) return false;
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const blocks = new BlockList();
  blocks.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return blocks.check(actual, family === 4 ? 'ipv4' : 'ipv6');
}
