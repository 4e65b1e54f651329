// The paths that are not AWS's, in front of the gateway. A table of method and path; what it does not know is AWS's.

import type { Gateway, GatewayRequest, GatewayResponse } from '../aws/request.ts';
import type { Log } from '../kernel/log.ts';
import { refusal } from './answers.ts';
import { guardOrigins, isReservedPath } from './origin.ts';

export interface LocalRoute {
  /** A route for GET answers HEAD too. */
  readonly method: 'GET' | 'POST';
  /** Exact, or a pattern whose first group is handed on. */
  readonly path: string | RegExp;
  /** Answers whoever asks, also where the others are for those only who run the cloud. */
  readonly isOpen?: boolean;
  answer(request: GatewayRequest, part?: string): GatewayResponse | Promise<GatewayResponse>;
}

export interface LocalGatewayOptions {
  readonly routes: readonly LocalRoute[];
  /** Who may use the routes that are not open. */
  readonly isOperator: (request: GatewayRequest) => boolean;
  /** Takes every other request. */
  readonly next: Gateway;
  readonly allowedOrigins: readonly string[];
  readonly log: Log;
}

export function createLocalGateway({ routes, isOperator, next, allowedOrigins, log }: LocalGatewayOptions): Gateway {
  const answerLocally = async (request: GatewayRequest): Promise<GatewayResponse> => {
    const matches = routes.flatMap((route) => matchPath(route, request.path));
    const match = matches.find(({ route }) => route.method === methodOf(request));
    const isOpen = match?.route.isOpen === true || !isReservedPath(request.path);
    if (!isOpen && !isOperator(request)) return refusal(403, operatorsOnly);
    try {
      if (match) return await match.route.answer(request, match.part);
    } catch (error) {
      log.error('internal failure', { method: request.method, path: request.path, error });
      return refusal(500, error instanceof Error ? error.message : String(error));
    }
    if (matches.length > 0) {
      const allowed = matches.map(({ route }) => route.method).join(', ');
      return { ...refusal(405, `${request.path} takes ${allowed} only`), headers: { allow: allowed } };
    }
    return isReservedPath(request.path) ? refusal(404, `there is nothing at ${request.path}`) : next(request);
  };
  return guardOrigins((request) => (mayBeLocal(request) ? answerLocally(request) : next(request)), allowedOrigins);
}

const operatorsOnly =
  "with --auth=strict this is for whoever runs the cloud: use cloudlet's commands, or send 'Authorization: Bearer' with the operatorToken of cloudlet.lock in its data directory";

/** `/health` may also be a bucket's name: whoever signs means S3. */
const mayBeLocal = ({ path, headers, query }: GatewayRequest): boolean =>
  isReservedPath(path) || (path === '/health' && !headers['authorization'] && !query.includes('X-Amz-'));

const methodOf = ({ method }: GatewayRequest): string => (method === 'HEAD' ? 'GET' : method);

function matchPath(route: LocalRoute, path: string): { route: LocalRoute; part?: string }[] {
  if (typeof route.path === 'string') return route.path === path ? [{ route }] : [];
  const part = route.path.exec(path)?.[1];
  return part === undefined ? [] : [{ route, part }];
}
