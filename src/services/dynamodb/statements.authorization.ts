// What PartiQL statements need to be allowed: actions of their own, on the tables and indexes that they name.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html

import { type Access, type Authorizations, resource } from '../../aws/authorization.ts';
import { AwsError } from '../../aws/errors.ts';
import type { DynamodbApi } from '../../generated/dynamodb.types.ts';
import type { Scope } from '../../kernel/table.ts';
import { findTable, tableRef } from './items.authorization.ts';
import { type Statement, type StatementText, statementOf } from './partiql/statements.ts';

const actions = {
  'dynamodb:PartiQLSelect': ['select', 'exists'],
  'dynamodb:PartiQLInsert': ['insert'],
  'dynamodb:PartiQLUpdate': ['update'],
  'dynamodb:PartiQLDelete': ['delete'],
} as const satisfies Readonly<Record<string, readonly Statement['kind'][]>>;

/** What cannot be parsed needs nothing: the operation refuses it. */
function parsed(texts: readonly StatementText[]): readonly Statement[] {
  return texts.flatMap((text) => {
    try {
      return [statementOf(text)];
    } catch (error) {
      if (error instanceof AwsError) return [];
      throw error;
    }
  });
}

function refsOf(statements: readonly Statement[], kinds: readonly string[], caller: Scope) {
  return statements
    .filter(({ kind }) => kinds.includes(kind))
    .map((statement) => tableRef(caller, statement.table, statement.kind === 'select' ? statement.index : undefined));
}

function statementAccesses<Input>(textsOf: (input: Input) => readonly StatementText[]): readonly Access<Input>[] {
  return Object.entries(actions).map(([action, kinds]) => ({
    action,
    resource: resource({
      type: ['table', 'index'],
      of: (input: Input, ctx) => refsOf(parsed(textsOf(input)), kinds, ctx),
      find: findTable,
      tags: ({ spec }) => spec.tags,
    }),
    when: (input: Input) => parsed(textsOf(input)).some(({ kind }) => (kinds as readonly string[]).includes(kind)),
    keys:
      action === 'dynamodb:PartiQLSelect'
        ? {
            'dynamodb:FullTableScan': (input: Input) =>
              parsed(textsOf(input)).some((statement) => statement.kind === 'select' && !statement.where),
          }
        : {},
  }));
}

export const statementAuthorizations = {
  BatchExecuteStatement: statementAccesses(({ Statements }) => Statements),
  ExecuteStatement: statementAccesses((input) => [input]),
  ExecuteTransaction: statementAccesses(({ TransactStatements }) => TransactStatements),
} satisfies Authorizations<DynamodbApi>;
