import { describe, expect, it } from 'vitest';
import { rootPrincipal } from './principal.ts';
import type { GatewayRequest } from './request.ts';
import { RequestConditions } from './request-conditions.ts';

const facts = { principal: rootPrincipal('111122223333'), nowMs: 0, region: 'us-east-1' };

describe('RequestConditions', () => {
  it('knows the keys that every request has', () => {
    const conditions = new RequestConditions(facts);
    expect(conditions.get('aws:principalaccount')).toEqual(['111122223333']);
    expect(conditions.get('aws:epochtime')).toEqual(['0']);
    expect(conditions.get('aws:tokenissuetime')).toBeUndefined();
  });

  it.each(['aws:constructor', 'aws:tostring', 'aws:__proto__', 'aws:principaltag/constructor', 'aws:hasOwnProperty'])(
    'knows no key %s, though objects have something of that name',
    (key) => {
      expect(new RequestConditions({ ...facts, principalTags: {} }).get(key)).toBeUndefined();
    },
  );

  it.each(['constructor', '__proto__', 'toString'])('nor %s among the keys of a service', (key) => {
    const keys: Readonly<Record<string, string>> = {};
    expect(new RequestConditions({ ...facts, own: (name) => keys[name] }).get(key)).toBeUndefined();
  });

  it('believes that TLS was ended before the cloud only when somebody on this host says so', () => {
    const isSecure = (remoteAddress: string | undefined, headers: Readonly<Record<string, string>>) =>
      new RequestConditions({ ...facts, request: { headers, remoteAddress } as GatewayRequest }).get(
        'aws:securetransport',
      );
    const claim = { 'x-forwarded-proto': 'https' };
    expect(isSecure('127.0.0.1', claim)).toEqual(['true']);
    expect(isSecure('127.0.0.1', {})).toEqual(['false']);
    expect(isSecure('192.0.2.1', claim)).toEqual(['false']);
  });
});
