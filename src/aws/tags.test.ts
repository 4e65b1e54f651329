import { describe, expect, it } from 'vitest';
import { addTags, parseTags, removeTags } from './tags.ts';

const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ Key: `k${from + i}`, Value: 'v' }));

describe('tags', () => {
  it('are added, and overwritten by key', () => {
    expect(addTags({ Name: 'a', keep: '1' }, [{ Key: 'Name', Value: 'b' }, { Key: 'empty' }])).toEqual({
      Name: 'b',
      keep: '1',
      empty: '',
    });
    expect(addTags({ Name: 'a' }, undefined)).toEqual({ Name: 'a' });
    expect(Object.keys(addTags({}, [{ Key: '__proto__', Value: 'x' }]))).toEqual(['__proto__']);
  });

  it.each([
    [[{ Key: 'aws:foo', Value: '' }], `Tag keys starting with 'aws:' are reserved for internal use`],
    [[{ Key: 'AWS:foo', Value: '' }], `Tag keys starting with 'aws:' are reserved for internal use`],
    [[{ Key: '', Value: '' }], 'Value (  ) for parameter Tag key is invalid. Tag key cannot be null or empty.'],
    [[{ Value: 'x' }], 'Value (  ) for parameter Tag key is invalid. Tag key cannot be null or empty.'],
    [[{ Key: 'k'.repeat(129) }], 'Tag key exceeds the maximum length of 128 characters'],
    [[{ Key: 'k', Value: 'v'.repeat(257) }], 'Tag value exceeds the maximum length of 256 characters'],
    [
      [
        { Key: 'x', Value: '1' },
        { Key: 'x', Value: '2' },
      ],
      `Duplicate tag key 'x' specified.`,
    ],
  ])('%j are refused', (tags, message) => {
    expect(() => parseTags(tags)).toThrowError(
      expect.objectContaining({ code: 'InvalidParameterValue', statusCode: 400, message }),
    );
  });

  it('are counted in Unicode characters', () => {
    const tag = { Key: '😀'.repeat(128), Value: '😀'.repeat(256) };
    expect(parseTags([tag])).toEqual({ [tag.Key]: tag.Value });
  });

  it('are 50 at most, of which those of AWS and those overwritten do not count', () => {
    const fifty = addTags({ 'aws:autoscaling:groupName': 'g' }, many(50));
    expect(Object.keys(fifty)).toHaveLength(51);
    expect(Object.keys(addTags(fifty, many(50)))).toHaveLength(51);
    expect(() => addTags(fifty, many(1, 50))).toThrowError(
      expect.objectContaining({
        code: 'TagLimitExceeded',
        message: 'The maximum number of Tags for a resource has been reached.',
      }),
    );
  });

  it('are removed by key, by key and value, or altogether', () => {
    const present = { a: '1', b: '', c: '3', 'aws:x': 'y' };
    expect(
      removeTags(present, [{ Key: 'a' }, { Key: 'b', Value: '' }, { Key: 'c', Value: 'other' }, { Key: 'gone' }]),
    ).toEqual({ c: '3', 'aws:x': 'y' });
    expect(removeTags(present, undefined)).toEqual({ 'aws:x': 'y' });
    expect(() => removeTags(present, [{ Key: 'aws:x' }])).toThrow('reserved for internal use');
  });
});
