import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awsError } from './errors.ts';
import { formatPageToken, type Page, type PageRequest, paginate, parsePageToken } from './paginate.ts';

interface Thing {
  readonly id: string;
}

let read = 0;

function table(ids: Iterable<string>): PageRequest<Thing>['rows'] {
  const sorted = [...ids].sort();
  return function* (afterId) {
    for (const id of sorted) {
      if (afterId !== undefined && id <= afterId) continue;
      read += 1;
      yield { id };
    }
  };
}

function page(rows: PageRequest<Thing>['rows'], rest: Partial<PageRequest<Thing>> = {}): Page<Thing> {
  return paginate({
    rows,
    maxResults: undefined,
    nextToken: undefined,
    scope: 'ec2:DescribeThings:000000000000:us-east-1',
    bounds: { min: 5, max: 1000 },
    errors: {
      invalidToken: (token) => awsError('InvalidNextToken', `The token '${token}' is invalid`),
      invalidMaxResults: (maxResults, min) =>
        awsError(
          'InvalidParameterValue',
          `Value ( ${maxResults} ) for parameter maxResults is invalid. Expecting a value greater than ${min}.`,
        ),
    },
    ...rest,
  });
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `i-${String(i).padStart(5, '0')}`);
const idsOf = (one: Page<Thing>) => one.rows.map((row) => row.id);

describe('paginate', () => {
  it('is one page without maxResults, unless there is a default', () => {
    expect(page(table(names(30)))).toEqual({ rows: names(30).map((id) => ({ id })) });
    const first = page(table(names(30)), { bounds: { min: 1, max: 100, default: 20 } });
    expect(first.rows).toHaveLength(20);
    expect(first.nextToken).toBeDefined();
  });

  it('shows each row once, on pages that are full but for the last, and ends without a token', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 5, max: 20 }),
        fc.integer({ min: 1, max: 4 }),
        (count, size, every) => {
          const where = (row: Thing) => Number(row.id.slice(2)) % every === 0;
          const seen: string[] = [];
          let nextToken: string | undefined;
          do {
            const one = page(table(names(count)), { maxResults: size, nextToken, where });
            seen.push(...idsOf(one));
            if (one.nextToken !== undefined) expect(one.rows).toHaveLength(size);
            nextToken = one.nextToken;
          } while (nextToken !== undefined);
          expect(seen).toEqual(names(count).filter((id) => where({ id })));
        },
      ),
    );
  });

  it('neither repeats nor skips what stays while other rows come and go', () => {
    const ids = fc.stringMatching(/^[a-z]{1,3}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(ids, { minLength: 1, maxLength: 40 }),
        fc.array(fc.tuple(ids, fc.boolean()), { maxLength: 30 }),
        (stay, changes) => {
          const staying = new Set(stay);
          const rows = new Set(stay);
          const seen: string[] = [];
          let nextToken: string | undefined;
          do {
            const one = page(table(rows), { maxResults: 5, nextToken });
            seen.push(...idsOf(one));
            nextToken = one.nextToken;
            for (const [id, isInsert] of changes.splice(0, 3)) {
              if (isInsert) rows.add(id);
              else if (!staying.has(id)) rows.delete(id);
            }
          } while (nextToken !== undefined);
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen.filter((id) => staying.has(id))).toEqual([...staying].sort());
        },
      ),
    );
  });

  it('goes on after a row that is gone', () => {
    const { nextToken } = page(table(names(20)), { maxResults: 10 });
    expect(idsOf(page(table(names(20).filter((id) => id !== 'i-00009')), { maxResults: 5, nextToken }))).toEqual(
      names(15).slice(10),
    );
  });

  it('reads the rows of its page and one more', () => {
    read = 0;
    page(table(names(10_000)), { maxResults: 100 });
    expect(read).toBe(101);
  });

  it('bounds maxResults', () => {
    expect(() => page(table([]), { maxResults: 4 })).toThrow(
      'Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5.',
    );
    expect(page(table(names(1500)), { maxResults: 2000 }).rows).toHaveLength(1000);
  });
});

describe('a page token', () => {
  const scope = 'ec2:DescribeThings:000000000000:us-east-1';

  it('is read back within its scope only', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string(), fc.string(), (id, one, other) => {
        const token = formatPageToken(id, one);
        expect(token).toMatch(/^[\w-]+$/);
        expect(parsePageToken(token, one)).toBe(id);
        if (one !== other) expect(parsePageToken(token, other)).toBeUndefined();
      }),
    );
  });

  it('is refused when anything in it is changed, and so is any other text', () => {
    const token = formatPageToken('i-0123456789abcdef0', scope);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_+=/ '), (at, char) => {
        fc.pre(token[at] !== char);
        expect(parsePageToken(token.slice(0, at) + char + token.slice(at + 1), scope)).toBeUndefined();
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => parsePageToken(text, scope) === undefined));
  });

  it('gives the error of the service', () => {
    expect(() => page(table(names(9)), { nextToken: 'nonsense' })).toThrowError(
      expect.objectContaining({ code: 'InvalidNextToken' }),
    );
    expect(() => page(table(names(9)), { nextToken: '' })).toThrowError(
      expect.objectContaining({ code: 'InvalidNextToken' }),
    );
    const foreign = formatPageToken('i-00001', `${scope}x`);
    expect(() => page(table(names(9)), { nextToken: foreign })).toThrowError(
      expect.objectContaining({ code: 'InvalidNextToken' }),
    );
  });
});
