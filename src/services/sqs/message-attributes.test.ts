// Message attributes, where a client's library would not send them.

import { describe, expect, it } from 'vitest';
import { attributeBytes, md5OfAttributes, parseMessageAttributes } from './message-attributes.ts';

describe('message attributes', () => {
  it('may have the names of what objects have', () => {
    const given = JSON.parse('{"__proto__":{"DataType":"String","StringValue":"v"}}') as Parameters<
      typeof parseMessageAttributes
    >[0];
    const parsed = parseMessageAttributes(given) ?? {};
    expect(Object.entries(parsed)).toEqual([['__proto__', { dataType: 'String', value: 'v' }]]);
    expect(attributeBytes(parsed)).toBe('__proto__Stringv'.length);
    expect(md5OfAttributes(parsed)).not.toBe(md5OfAttributes({}));
  });

  it('have types that can be shown', () => {
    for (const DataType of ['String.\u0001', 'Number.\ud800'])
      expect(() => parseMessageAttributes({ a: { DataType, StringValue: '1' } })).toThrow(
        /invalid message attribute type/,
      );
  });
});
