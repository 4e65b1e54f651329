// Whatever is remembered of a version comes back from its text; and so does what earlier releases wrote.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObjectVersion } from './version-record.ts';
import { decodeListed, decodeVersion, encodeVersion, type ListedContent } from './version-text.ts';

const plain: ObjectVersion = {
  kind: 'object',
  order: 12,
  versionId: 'null',
  modifiedMs: 1_700_000_000_123,
  bytes: 4096,
  etag: '0123456789abcdef0123456789abcdef',
  checksum: { algorithm: 'CRC64NVME', type: 'FULL_OBJECT', value: 'rosUhgp5mYg=' },
  body: { kind: 'bytes', id: '00'.repeat(16) },
  owner: '000000000000',
  storageClass: 'STANDARD',
  headers: { contentType: 'binary/octet-stream' },
  encryption: { kind: 'AES256' },
};

const anyText = fc.string({ unit: 'binary', maxLength: 20 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const versions: fc.Arbitrary<ObjectVersion> = fc.record({
  kind: fc.constant('object' as const),
  order: fc.nat(),
  versionId: fc.constantFrom('null', 'Af_-0'),
  modifiedMs: fc.nat(),
  bytes: fc.maxSafeNat(),
  etag: fc.constantFrom('abc', 'abc-12'),
  checksum: maybe(
    fc.record({
      algorithm: fc.constantFrom('CRC32' as const, 'SHA256' as const),
      type: fc.constantFrom('COMPOSITE' as const, 'FULL_OBJECT' as const),
      value: fc.constantFrom('AAAA', 'AAAA-2'),
    }),
  ),
  body: fc.oneof(
    fc.constant({ kind: 'none' as const }),
    fc.record({ kind: fc.constantFrom('bytes', 'small', 'file', 'parts'), id: fc.constant('0f'.repeat(16)) }),
  ) as fc.Arbitrary<ObjectVersion['body']>,
  owner: fc.constant('123456789012'),
  storageClass: fc.constantFrom('STANDARD', 'GLACIER'),
  headers: fc.record({ contentType: maybe(anyText.filter((text) => text !== '')), cacheControl: maybe(anyText) }),
  encryption: fc.constantFrom<ObjectVersion['encryption']>(
    { kind: 'AES256' },
    { kind: 'aws:kms', keyId: 'a\nkey' },
    { kind: 'customer', keyMd5: 'x' },
  ),
  metadata: maybe(fc.dictionary(fc.constantFrom('a', 'b'), anyText)),
  tags: maybe(fc.dictionary(fc.constantFrom('a', 'b'), anyText)),
  legalHold: maybe(fc.boolean()),
  retention: maybe(fc.constant({ mode: 'GOVERNANCE' as const, untilMs: 5 })),
  nonce: maybe(fc.constant('ab')),
  partCount: maybe(fc.nat()),
  uploadId: maybe(fc.constant('up')),
  restore: maybe(fc.constant({ requestedMs: 1, readyMs: 2, expiresMs: 3 })),
  replication: maybe(fc.constantFrom('PENDING' as const, 'REPLICA' as const)),
});

const marker = { kind: 'marker', versionId: 'null', order: 1, modifiedMs: 2, owner: '000000000000' } as const;

const shownOf = ({ modifiedMs, bytes, etag, owner, storageClass, restore, checksum }: ListedContent) => ({
  ...{ modifiedMs, bytes, etag, owner, storageClass, restore },
  ...{ algorithm: checksum?.algorithm, type: checksum?.type },
});

const asData = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the text of a version', () => {
  it('brings back whatever is remembered', () => {
    fc.assert(
      fc.property(versions, (version) => {
        expect(asData(decodeVersion(encodeVersion(version)))).toEqual(asData(version));
      }),
    );
  });

  it('is read for lists as it is read as a whole', () => {
    fc.assert(
      fc.property(versions, (version) => {
        const text = encodeVersion(version);
        expect(shownOf(decodeListed(text) as ListedContent)).toEqual(shownOf(decodeVersion(text) as ObjectVersion));
      }),
    );
    expect(decodeListed(encodeVersion(marker))).toBeUndefined();
    expect(decodeListed(JSON.stringify(plain))).toEqual(plain);
    expect(() => decodeListed(encodeVersion(plain).replace('1', '2'))).toThrow('a later release');
  });

  it('is short where there is nothing special', () => {
    expect(encodeVersion(plain).length).toBeLessThan(200);
    expect(asData(decodeVersion(encodeVersion(plain)))).toEqual(plain);
  });

  it('may be JSON, as earlier releases wrote it and delete markers are', () => {
    expect(decodeVersion(JSON.stringify(plain))).toEqual(plain);
    expect(decodeVersion(encodeVersion(marker))).toEqual(marker);
  });
});
