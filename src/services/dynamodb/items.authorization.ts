// What requests for items need to be allowed: an action on each table that they name, with the partition keys and the
// attributes that they name there.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html

import {
  type Access,
  type Authorizations,
  type KeyReader,
  type ResourceRef,
  type Rows,
  resource,
} from '../../aws/authorization.ts';
import type {
  DeleteItemInput,
  DynamodbApi,
  GetItemInput,
  PutItemInput,
  QueryInput,
  ScanInput,
  UpdateItemInput,
} from '../../generated/dynamodb.types.ts';
import type { Scope } from '../../kernel/table.ts';
import { type Attributed, attributeNames, leadingKeys, leadingKeysOfQuery } from './condition-keys.ts';
import { type KeyLayout, layoutOf } from './table-layout.ts';
import { tableAddress } from './table-names.ts';
import { indexArn, tableArn, tables } from './tables.table.ts';

/** What a request does in one table, or in one index of it. */
export interface Work {
  readonly table: string;
  readonly index?: string | undefined;
  readonly parts: readonly Attributed[];
}

/** The tables in use are few, and every request for an item names one. */
const knownRefs = new Map<string, ResourceRef>();
const mostKnownRefs = 10_000;

export function tableRef(caller: Scope, given: string, index = ''): ResourceRef {
  const key = `${caller.account} ${caller.region} ${given} ${index}`;
  let ref = knownRefs.get(key);
  if (!ref) {
    const { account, region, name } = tableAddress(given, caller);
    const scope = { account, region };
    ref = { ...scope, arn: index === '' ? tableArn(scope, name) : indexArn(scope, name, index), id: name };
    if (knownRefs.size >= mostKnownRefs) knownRefs.clear();
    knownRefs.set(key, ref);
  }
  return ref;
}

export const findTable = ({ account, region, id }: ResourceRef, rows: Rows) =>
  rows.read(tables, { account, region }).get(id);

function keysOfSource(ref: ResourceRef | undefined, rows: Rows): KeyLayout | undefined {
  const row = ref && findTable(ref, rows);
  if (!ref || !row) return undefined;
  const layout = layoutOf(row);
  const index = /\/index\/([^/]+)$/.exec(ref.arn)?.[1];
  return index === undefined ? layout : layout.indexes.find(({ name }) => name === index);
}

interface ItemRequest {
  readonly ReturnValues?: string | undefined;
  readonly ReturnConsumedCapacity?: string | undefined;
}

interface ItemAccess<Input> {
  readonly action?: string;
  /** Empty when the request does nothing of the kind. */
  readonly works: (input: Input) => readonly Work[];
  readonly enclosing?: string;
  /** What is known besides: how much of items is read, or what of them is returned. */
  readonly shows?: 'Select' | 'ReturnValues';
  /** Null where no partition key is named. */
  readonly leading?: KeyReader<Input> | null;
}

/** An access to every table that the works name. */
export function itemAccess<Input extends ItemRequest>(options: ItemAccess<Input>): Access<Input> {
  const { action, works, enclosing, shows } = options;
  const partsIn = (input: Input, caller: Scope, ref: ResourceRef | undefined): readonly Attributed[] =>
    works(input).flatMap(({ table, index, parts }) => (tableRef(caller, table, index).arn === ref?.arn ? parts : []));
  const rule = resource({
    type: ['table', 'index'],
    of(input: Input, ctx) {
      const refs = works(input).map(({ table, index }) => tableRef(ctx, table, index));
      return refs.length < 2 ? refs : [...new Map(refs.map((ref) => [ref.arn, ref])).values()];
    },
    find: findTable,
    tags: ({ spec }) => spec.tags,
  });
  const leading: KeyReader<Input> = (input, ctx, ref, rows) =>
    leadingKeys(
      keysOfSource(ref, rows)?.hash ?? [],
      partsIn(input, ctx, ref).flatMap(({ Key, Keys = [], Item }) => [Key ?? Item ?? [], Keys].flat()),
    );
  return {
    ...(action !== undefined && { action }),
    resource: rule,
    when: (input) => works(input).length > 0,
    keys: {
      'dynamodb:Attributes': (input, ctx, ref) => [...new Set(partsIn(input, ctx, ref).flatMap(attributeNames))],
      ...(options.leading !== null && { 'dynamodb:LeadingKeys': options.leading ?? leading }),
      'dynamodb:ReturnConsumedCapacity': ({ ReturnConsumedCapacity }) => ReturnConsumedCapacity ?? 'NONE',
      ...(enclosing !== undefined && { 'dynamodb:EnclosingOperation': () => enclosing }),
      ...(shows === 'Select' && {
        'dynamodb:Select': (input: Input, ctx: Scope, ref: ResourceRef | undefined) =>
          selectOf(partsIn(input, ctx, ref)),
      }),
      ...(shows === 'ReturnValues' && {
        'dynamodb:ReturnValues': ({ ReturnValues }: ItemRequest) => ReturnValues ?? 'NONE',
      }),
    },
  };
}

function selectOf(parts: readonly (Attributed & { readonly Select?: string | undefined })[]): string {
  const [first] = parts;
  if (first?.Select !== undefined) return first.Select;
  const isSpecific = parts.every(
    (part) => part.ProjectionExpression !== undefined || part.AttributesToGet !== undefined,
  );
  return isSpecific ? 'SPECIFIC_ATTRIBUTES' : 'ALL_ATTRIBUTES';
}

interface OneTable {
  readonly TableName: string;
  readonly IndexName?: string | undefined;
}

const oneTable = (input: OneTable & Attributed): readonly Work[] => [
  { table: input.TableName, index: input.IndexName, parts: [input] },
];

const present = <T>(values: readonly (T | undefined)[]): readonly T[] => values.flatMap((value) => value ?? []);

const worksOf = (parts: readonly (OneTable & Attributed)[]): readonly Work[] => parts.flatMap(oneTable);

const inTransaction = { enclosing: 'TransactWriteItems' };

export const itemAuthorizations = {
  BatchGetItem: [
    itemAccess({
      works: ({ RequestItems }) =>
        Object.entries(RequestItems).map(([table, request]) => ({ table, parts: [request] })),
      shows: 'Select',
    }),
  ],
  BatchWriteItem: [
    itemAccess({
      works: ({ RequestItems }) =>
        Object.entries(RequestItems).map(([table, requests]) => ({
          table,
          parts: present(requests.flatMap(({ PutRequest, DeleteRequest }) => [PutRequest, DeleteRequest])),
        })),
    }),
  ],
  DeleteItem: [itemAccess<DeleteItemInput>({ works: oneTable, shows: 'ReturnValues' })],
  GetItem: [itemAccess<GetItemInput>({ works: oneTable, shows: 'Select' })],
  PutItem: [itemAccess<PutItemInput>({ works: oneTable, shows: 'ReturnValues' })],
  Query: [
    itemAccess<QueryInput>({
      works: oneTable,
      shows: 'Select',
      leading: (input, _ctx, ref, rows) => leadingKeysOfQuery(keysOfSource(ref, rows)?.hash ?? [], input),
    }),
  ],
  Scan: [itemAccess<ScanInput>({ works: oneTable, shows: 'Select', leading: null })],
  TransactGetItems: [
    itemAccess({
      action: 'dynamodb:GetItem',
      enclosing: 'TransactGetItems',
      works: ({ TransactItems }) => worksOf(TransactItems.map(({ Get }) => Get)),
      shows: 'Select',
    }),
  ],
  TransactWriteItems: [
    itemAccess({
      action: 'dynamodb:ConditionCheckItem',
      works: ({ TransactItems }) => worksOf(present(TransactItems.map(({ ConditionCheck }) => ConditionCheck))),
      ...inTransaction,
    }),
    itemAccess({
      action: 'dynamodb:PutItem',
      works: ({ TransactItems }) => worksOf(present(TransactItems.map(({ Put }) => Put))),
      ...inTransaction,
    }),
    itemAccess({
      action: 'dynamodb:DeleteItem',
      works: ({ TransactItems }) => worksOf(present(TransactItems.map(({ Delete }) => Delete))),
      ...inTransaction,
    }),
    itemAccess({
      action: 'dynamodb:UpdateItem',
      works: ({ TransactItems }) => worksOf(present(TransactItems.map(({ Update }) => Update))),
      ...inTransaction,
    }),
  ],
  UpdateItem: [itemAccess<UpdateItemInput>({ works: oneTable, shows: 'ReturnValues' })],
} satisfies Authorizations<DynamodbApi>;
