// Where those who get tokens find out how to verify them: the issuer's description and its keys, for everybody to read.
// https://openid.net/specs/openid-connect-discovery-1_0.html

import { inspectionAnswer, nothingThere } from '../../aws/inspection.ts';
import type { GatewayRequest, GatewayResponse } from '../../aws/request.ts';
import type { Front, FrontWorld } from '../../aws/service.ts';
import { findIssuer, issuersPath } from '../iam/index.ts';
import { hashes } from './token-keys.table.ts';
import { publicKeysOf } from './token-keys.ts';

export function createFront(world: FrontWorld): Front {
  return (request, next) => (request.path.startsWith(issuersPath) ? answer(world, request) : next(request));
}

const keysPath = '/.well-known/jwks.json';

async function answer({ store }: FrontWorld, request: GatewayRequest): Promise<GatewayResponse> {
  const [, issuerId = '', what] = /^([0-9a-f-]{36})(\/.+)$/.exec(request.path.slice(issuersPath.length)) ?? [];
  const found = findIssuer(store, issuerId);
  if (!found || request.method !== 'GET') return nothingThere(request);
  if (what === keysPath) return inspectionAnswer({ keys: publicKeysOf(store, found.account) });
  if (what !== '/.well-known/openid-configuration') return nothingThere(request);
  return inspectionAnswer({
    issuer: found.issuer,
    jwks_uri: `${found.issuer}${keysPath}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: Object.keys(hashes),
    claims_supported: ['aud', 'exp', 'iat', 'iss', 'jti', 'sub', 'https://sts.amazonaws.com/'],
  });
}
