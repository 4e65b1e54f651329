// AttributeUpdates, which update expressions replaced in 2014, turned into the same actions.

import type { AttributeValueUpdate } from '../../../generated/dynamodb.types.ts';
import { acceptValue, type Checking, emptyName, type TypeName, typeOf, type Value } from '../attribute-value.ts';
import { invalidParameter } from '../dynamodb.errors.ts';
import type { Update, UpdateAction } from './update.ts';

const addable = new Set<TypeName>(['N', 'SS', 'NS', 'BS', 'L']);
const deletable = new Set<TypeName>(['SS', 'NS', 'BS']);

export function attributeUpdates(updates: Readonly<Record<string, AttributeValueUpdate>>, checking: Checking): Update {
  if ('' in updates) throw emptyName();
  return Object.entries(updates).map(([name, { Action = 'PUT', Value: given }]) =>
    toAction(name, Action, given && acceptValue(given, checking)),
  );
}

function toAction(name: string, action: 'ADD' | 'PUT' | 'DELETE', value: Value | undefined): UpdateAction {
  const path = [name];
  if (!value) {
    if (action !== 'DELETE')
      throw invalidParameter('Only DELETE action is allowed when no attribute value is specified');
    return { kind: 'REMOVE', path };
  }
  const type = typeOf(value);
  switch (action) {
    case 'PUT':
      return { kind: 'SET', path, value: { kind: 'value', value } };
    case 'ADD':
      if (!addable.has(type)) throw invalidParameter(`ADD action is not supported for the type ${type}`);
      return { kind: 'ADD', path, value };
    case 'DELETE':
      if (!deletable.has(type))
        throw invalidParameter(`DELETE action with value is not supported for the type ${type}`);
      return { kind: 'DELETE', path, value };
  }
}
