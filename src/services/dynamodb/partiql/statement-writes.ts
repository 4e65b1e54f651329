// Turns INSERT, UPDATE, DELETE and EXISTS into commands: one item each, found by its whole key.

import { awsError } from '../../../aws/errors.ts';
import type { Item } from '../attribute-value.ts';
import { validationError } from '../dynamodb.errors.ts';
import type { Condition } from '../expressions/condition.ts';
import { acceptPutItem } from '../item-checks.ts';
import type { ItemCommand } from '../item-commands.ts';
import type { TableLayout } from '../table-layout.ts';
import { conjuncts } from './statement-conditions.ts';
import { keyOf } from './statement-reads.ts';
import type { WriteStatement } from './statements.ts';

export function commandOf(layout: TableLayout, statement: WriteStatement): ItemCommand {
  switch (statement.kind) {
    case 'insert':
      return { kind: 'put', given: acceptPutItem(statement.item), condition: absent(layout), onFailure: duplicateItem };
    case 'update': {
      const { where, update } = statement;
      return { kind: 'update', given: requireKey(layout, where), condition: where, update, isLegacy: false };
    }
    case 'delete':
      return {
        kind: 'delete',
        given: requireKey(layout, statement.where),
        condition: ifPresent(layout, statement.where),
      };
    case 'exists':
      return { kind: 'check', given: requireKey(layout, statement.where), condition: statement.where };
  }
}

/** Deleting what is not there is no failure; a condition on what is there may be one. */
function ifPresent(layout: TableLayout, where: Condition | undefined): Condition | undefined {
  return where && { kind: 'or', args: [absent(layout), where] };
}

function absent({ hash }: TableLayout): Condition {
  return {
    kind: 'predicate',
    name: 'attribute_not_exists',
    args: [{ kind: 'path', path: [hash[0]?.name as string] }],
  };
}

export function duplicateItem(): Error {
  return awsError('DuplicateItemException', 'Duplicate primary key exists in table');
}

/** EXISTS asks more of an item than that it is there. */
export function refuseBareExists(layout: TableLayout, statement: WriteStatement): void {
  if (statement.kind !== 'exists') return;
  const { where } = statement;
  if (keyOf(layout, where) && conjuncts(where).length <= layout.parts.length)
    throw validationError('EXISTS() must contain a single item read with additional condition');
}

function requireKey(layout: TableLayout, where: Condition | undefined): Item {
  const key = keyOf(layout, where);
  if (key) return key;
  throw validationError('Where clause does not contain a mandatory equality on all key attributes');
}
