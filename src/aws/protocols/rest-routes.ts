// Which operation of a REST service a method and path mean. A service's routes are compiled once into a tree of path
// segments; where several operations share a path (most of S3), query parameters tell them apart.

import { type AwsError, awsError } from '../errors.ts';
import type { OperationModel, ServiceModel } from '../model.ts';
import { parseForm } from './form.ts';
import type { PathLabels, WireRequest } from './protocol.ts';

export interface RestMatch {
  readonly operation: OperationModel;
  /** By the label's name in the path template, decoded. */
  readonly labels: PathLabels;
}

interface Route {
  readonly operation: OperationModel;
  readonly labelNames: readonly string[];
  /** `?uploads`, `?list-type=2`: without these it is another operation. */
  readonly fixedQuery: readonly (readonly [name: string, value: string | undefined])[];
  readonly requiredQuery: readonly string[];
  /** CopyObject and UploadPartCopy differ from PutObject and UploadPart by this header alone. */
  readonly requiredHeaders: readonly string[];
}

interface Segment {
  readonly literals: Map<string, Segment>;
  label: Segment | undefined;
  /** A label that takes all that is left of the path, but for what must follow; what demands most stands first. */
  readonly greedy: GreedyTail[];
  /** By method. */
  readonly routes: Map<string, Route[]>;
}

interface GreedyTail {
  readonly suffix: readonly string[];
  readonly routes: Map<string, Route[]>;
}

type RoutedRequest = Pick<WireRequest, 'method' | 'path' | 'query' | 'headers'>;

const trees = new WeakMap<ServiceModel, Segment>();

/** Undefined when no operation has that method and path. */
export function matchRestRoute(service: ServiceModel, request: RoutedRequest): RestMatch | undefined {
  let tree = trees.get(service);
  if (!tree) {
    tree = compileRoutes(service);
    trees.set(service, tree);
  }
  const found = find(tree, splitPath(request.path), 0, request.method, []);
  const route = found && chooseRoute(found.routes, request);
  if (!found || !route) return undefined;
  const labels: Record<string, string> = {};
  const { labelNames } = route;
  for (let index = 0; index < labelNames.length; index++)
    labels[labelNames[index] as string] = decodeLabel(service, found.values[index] ?? '');
  return { operation: route.operation, labels };
}

function compileRoutes(service: ServiceModel): Segment {
  const root = newSegment();
  for (const name of service.operationNames) {
    const operation = service.operation(name) as OperationModel;
    const [path = '/', query = ''] = operation.http.requestUri.split('?');
    const parts = splitPath(path).filter((part) => part !== trailingSlash);
    const labelNames = parts.flatMap((part) => (part.startsWith('{') ? [part.replace(/[{}+]/g, '')] : []));
    const greedyAt = parts.findIndex((part) => part.endsWith('+}'));
    let segment = root;
    for (const part of greedyAt < 0 ? parts : parts.slice(0, greedyAt)) segment = childOf(segment, part);
    const byMethod = greedyAt < 0 ? segment.routes : greedyRoutes(segment, parts.slice(greedyAt + 1));
    const routes = byMethod.get(operation.http.method) ?? [];
    byMethod.set(operation.http.method, routes);
    routes.push({ operation, labelNames, ...constraintsOf(operation, query) });
  }
  return root;
}

function constraintsOf(
  operation: OperationModel,
  query: string,
): Pick<Route, 'fixedQuery' | 'requiredQuery' | 'requiredHeaders'> {
  const fixedQuery =
    query === '' ? [] : query.split('&').map((part) => part.split('=') as [string, string | undefined]);
  const required = operation.input.members.filter((member) => member.required);
  return {
    fixedQuery: fixedQuery.map(([name, value]) => [name, value] as const),
    requiredQuery: required
      .filter(({ location }) => location === 'querystring')
      .map(({ locationName }) => locationName ?? ''),
    requiredHeaders: required
      .filter(({ location, locationName }) => location === 'header' && locationName === 'x-amz-copy-source')
      .map(({ locationName }) => locationName ?? ''),
  };
}

function newSegment(): Segment {
  return { literals: new Map(), label: undefined, greedy: [], routes: new Map() };
}

function greedyRoutes(segment: Segment, suffix: readonly string[]): Map<string, Route[]> {
  const known = segment.greedy.find((tail) => tail.suffix.join('/') === suffix.join('/'));
  if (known) return known.routes;
  const routes = new Map<string, Route[]>();
  segment.greedy.push({ suffix, routes });
  segment.greedy.sort((a, b) => b.suffix.length - a.suffix.length);
  return routes;
}

function childOf(segment: Segment, part: string): Segment {
  if (part.startsWith('{')) {
    segment.label ??= newSegment();
    return segment.label;
  }
  let child = segment.literals.get(part);
  if (!child) {
    child = newSegment();
    segment.literals.set(part, child);
  }
  return child;
}

// A slash at the end means nothing to most paths (Lambda's templates have one, and its clients leave it out), but it is
// part of an S3 key: the empty last part is kept as this mark, which no part can equal.
const trailingSlash = '/';

function splitPath(path: string): string[] {
  const parts = path.split('/');
  if (parts[0] === '') parts.shift();
  if (parts.at(-1) === '') parts[parts.length - 1] = trailingSlash;
  return parts;
}

interface Found {
  readonly routes: readonly Route[];
  readonly values: readonly string[];
}

/** Literal segments win over labels, and both over a label that takes everything. */
function find(
  segment: Segment,
  parts: readonly string[],
  at: number,
  method: string,
  values: readonly string[],
): Found | undefined {
  const part = parts[at];
  if (part === undefined || (part === trailingSlash && at === parts.length - 1)) {
    const routes = segment.routes.get(method);
    return routes && { routes, values };
  }
  const literal = segment.literals.get(part);
  const byLiteral = literal && find(literal, parts, at + 1, method, values);
  if (byLiteral) return byLiteral;
  const byLabel =
    segment.label && part !== '' ? find(segment.label, parts, at + 1, method, [...values, part]) : undefined;
  if (byLabel) return byLabel;
  for (const { suffix, routes } of segment.greedy) {
    const end = parts.length - suffix.length;
    const found = routes.get(method);
    if (found && end > at && suffix.every((literal, index) => parts[end + index] === literal)) {
      return { routes: found, values: [...values, restOfPath(parts, at, end)] };
    }
  }
  return undefined;
}

function restOfPath(parts: readonly string[], from: number, end: number): string {
  let rest = '';
  for (let at = from; at < end; at++) {
    const part = parts[at] as string;
    rest += `${at > from ? '/' : ''}${part === trailingSlash ? '' : part}`;
  }
  return rest;
}

/** Of the routes whose fixed query is there, the one that most of the request's parameters speak for. */
function chooseRoute(routes: readonly Route[], request: RoutedRequest): Route | undefined {
  const only = routes[0];
  if (routes.length === 1 && only?.fixedQuery.length === 0) return only;
  const query = request.query === '' ? noQuery : new Map(parseForm(request.query));
  const id = query.get('x-id');
  let best: Route | undefined;
  let bestScore = -1;
  for (const route of routes) {
    if (route.fixedQuery.length > query.size || !hasFixedQuery(route, query)) continue;
    const score = scoreOf(route, query, request.headers, id);
    if (score > bestScore) {
      best = route;
      bestScore = score;
    }
  }
  return best;
}

const noQuery: ReadonlyMap<string, string> = new Map();

const hasFixedQuery = ({ fixedQuery }: Route, query: ReadonlyMap<string, string>): boolean =>
  fixedQuery.every(([name, value]) => query.has(name) && (value === undefined || query.get(name) === value));

function scoreOf(
  route: Route,
  query: ReadonlyMap<string, string>,
  headers: Readonly<Record<string, string>>,
  id: string | undefined,
): number {
  const { fixedQuery, requiredQuery, requiredHeaders, operation } = route;
  const isComplete =
    requiredQuery.every((name) => query.has(name)) && requiredHeaders.every((name) => headers[name] !== undefined);
  const required = isComplete ? 1 + requiredQuery.length + requiredHeaders.length : 0;
  return (
    fixedQuery.length * 10_000 + required * 100 + (id === operation.name ? 10 : 0) + (operation.deprecated ? 0 : 1)
  );
}

function decodeLabel(service: ServiceModel, text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformedPath(service);
  }
}

function malformedPath(service: ServiceModel): AwsError {
  return service.id === 's3'
    ? awsError('InvalidURI', "Couldn't parse the specified URI.")
    : awsError('MalformedQueryString', 'The path contains a syntax error.', 400);
}
