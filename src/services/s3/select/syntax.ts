// What an expression is once it is parsed.

export type PathStep =
  | { readonly kind: 'name'; readonly name: string; readonly isQuoted: boolean }
  | { readonly kind: 'index'; readonly index: number };

/** Each step of FROM goes on to a member, or to all members of a list. */
export type SourceStep = PathStep | { readonly kind: 'all' };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | bigint | boolean | null | undefined }
  | { readonly kind: 'timestamp'; readonly text: string }
  | { readonly kind: 'path'; readonly steps: readonly PathStep[] }
  | { readonly kind: 'binary'; readonly operator: '+' | '-' | '*' | '/' | '%' | '||'; readonly args: Pair }
  | { readonly kind: 'negate'; readonly arg: Expression }
  | { readonly kind: 'compare'; readonly operator: Comparator; readonly args: Pair }
  | { readonly kind: 'and' | 'or'; readonly args: Pair }
  | { readonly kind: 'not'; readonly arg: Expression }
  | { readonly kind: 'is'; readonly what: 'null' | 'missing'; readonly arg: Expression }
  | { readonly kind: 'in'; readonly arg: Expression; readonly list: readonly Expression[] }
  | { readonly kind: 'between'; readonly arg: Expression; readonly low: Expression; readonly high: Expression }
  | { readonly kind: 'like'; readonly arg: Expression; readonly pattern: Expression; readonly escape?: Expression }
  | { readonly kind: 'case'; readonly branches: readonly Branch[]; readonly otherwise?: Expression }
  | { readonly kind: 'cast'; readonly arg: Expression; readonly type: SqlType }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'aggregate'; readonly name: AggregateName; readonly arg?: Expression };

export type Pair = readonly [Expression, Expression];

export interface Branch {
  readonly when: Expression;
  readonly result: Expression;
}

export type SqlType = 'bool' | 'int' | 'float' | 'decimal' | 'string' | 'timestamp';

export type AggregateName = 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX';

export interface SelectedItem {
  readonly expression: Expression;
  readonly alias?: string;
}

export interface Query {
  /** Undefined for `*`. */
  readonly items: readonly SelectedItem[] | undefined;
  readonly source: readonly SourceStep[];
  readonly alias: string | undefined;
  readonly where: Expression | undefined;
  readonly limit: number | undefined;
}
