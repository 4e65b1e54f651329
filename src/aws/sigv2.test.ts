import { describe, expect, test } from 'vitest';
import type { WireRequest } from './protocols/protocol.ts';
import { parseLegacySignature, verifyLegacySignature } from './sigv2.ts';

// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const date = 'Tue, 27 Mar 2007 19:44:46 +0000';
const nowMs = Date.parse(date);

const request = (path: string, query: string, signature: string): WireRequest => ({
  method: 'GET',
  path,
  query,
  headers: { host: 'johnsmith.s3.amazonaws.com', date, authorization: `AWS AKIAIOSFODNN7EXAMPLE:${signature}` },
  body: Buffer.alloc(0),
});

const verify = (of: WireRequest) => () => verifyLegacySignature(of, parseLegacySignature(of), secret, nowMs);

describe("the older signature's subresource", () => {
  const signature = 'c2WLPFtWHVgbEmeEG93a4cG37dM=';

  test.each(['acl', 'acl=', 'acl&max-keys=1', 'max-keys=1&acl='])('is signed alike in ?%s', (query) => {
    expect(verify(request('/', query, signature))).not.toThrow();
  });

  test.each(['', 'acl=x', 'policy', 'acl&policy='])('is signed otherwise in ?%s', (query) => {
    expect(verify(request('/', query, signature))).toThrow();
  });
});
