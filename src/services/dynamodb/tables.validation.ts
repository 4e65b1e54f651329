// What CreateTable and UpdateTable refuse about keys, indexes and throughput, in DynamoDB's order and words.

import type {
  AttributeDefinition,
  BillingMode,
  GlobalSecondaryIndex,
  KeySchemaElement,
  LocalSecondaryIndex,
  Projection,
  ProvisionedThroughput,
  WarmThroughput,
} from '../../generated/dynamodb.types.ts';
import { invalidParameter, validationError } from './dynamodb.errors.ts';
import { checkDistinctNames } from './expression-parameters.ts';

const mostUnits = 1_000_000_000_000;
const mostLocalIndexes = 5;
const mostGlobalIndexes = 20;
const mostIncludedAttributes = 100;
const mostKeysOfAKind = 4;

export interface NewTable {
  readonly AttributeDefinitions?: readonly AttributeDefinition[] | undefined;
  readonly KeySchema?: readonly KeySchemaElement[] | undefined;
  readonly BillingMode?: BillingMode | undefined;
  readonly ProvisionedThroughput?: ProvisionedThroughput | undefined;
  readonly LocalSecondaryIndexes?: readonly LocalSecondaryIndex[] | undefined;
  readonly GlobalSecondaryIndexes?: readonly GlobalSecondaryIndex[] | undefined;
  readonly WarmThroughput?: WarmThroughput | undefined;
}

export function validateNewTable(input: NewTable): void {
  const { AttributeDefinitions, KeySchema } = input;
  if (!AttributeDefinitions || !KeySchema) throw missing(AttributeDefinitions ? 'KeySchema' : 'AttributeDefinitions');
  refuseLongKeySchema(KeySchema, 'keySchema');
  input.LocalSecondaryIndexes?.forEach((index, at) => {
    refuseLongKeySchema(index.KeySchema, `localSecondaryIndexes.${at + 1}.member.keySchema`);
  });
  validateBilling(input);
  refuseRepeatedDefinitions(AttributeDefinitions);
  const defined = AttributeDefinitions.map(({ AttributeName }) => AttributeName);
  if (KeySchema.length > defined.length)
    throw validationError('Invalid KeySchema: Some index key attribute have no definition');
  requireDefined(KeySchema, defined);
  validateKeySchema(KeySchema, false);
  const { LocalSecondaryIndexes: locals, GlobalSecondaryIndexes: globals } = input;
  if (!locals && !globals && KeySchema.length !== defined.length)
    throw invalidParameter(
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    );
  const names = new Set<string>();
  if (locals) validateLocalIndexes(locals, KeySchema, defined, names);
  if (globals) validateGlobalIndexes(globals, defined, names, input.BillingMode);
  if (input.BillingMode === 'PAY_PER_REQUEST') validateWarmth('table', input.WarmThroughput);
  requireUsed(defined, [KeySchema, ...(locals ?? []).map(keysOf), ...(globals ?? []).map(keysOf)]);
}

const keysOf = ({ KeySchema }: { readonly KeySchema: readonly KeySchemaElement[] }) => KeySchema;

function missing(parameter: string): Error {
  return validationError(`One or more parameter values were invalid: Missing the required parameter ${parameter}`);
}

/** The model allows more, for indexes with keys of several attributes. */
function refuseLongKeySchema(schema: readonly KeySchemaElement[], member: string): void {
  if (schema.length <= 2) return;
  const shown = schema.map(
    ({ AttributeName, KeyType }) => `KeySchemaElement(attributeName=${AttributeName}, keyType=${KeyType})`,
  );
  throw validationError(
    `1 validation error detected: Value '[${shown.join(', ')}]' at '${member}' failed to satisfy constraint: Member must have length less than or equal to 2`,
  );
}

function refuseRepeatedDefinitions(definitions: readonly AttributeDefinition[]): void {
  const names = definitions.map(({ AttributeName }) => AttributeName);
  const repeated = names.find((name, at) => names.indexOf(name) < at);
  if (repeated !== undefined) throw invalidParameter(`Duplicate AttributeName in AttributeDefinitions: ${repeated}`);
}

export function validateBilling({
  BillingMode,
  ProvisionedThroughput,
}: Pick<NewTable, 'BillingMode' | 'ProvisionedThroughput'>): void {
  if (BillingMode === 'PAY_PER_REQUEST') {
    if (ProvisionedThroughput)
      throw invalidParameter(
        'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
      );
    return;
  }
  if (!ProvisionedThroughput)
    throw invalidParameter(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    );
  validateUnits(ProvisionedThroughput);
}

export function validateUnits({ ReadCapacityUnits, WriteCapacityUnits }: ProvisionedThroughput): void {
  if (ReadCapacityUnits > mostUnits)
    throw validationError(`Given value ${ReadCapacityUnits} for ReadCapacityUnits is out of bounds`);
  if (WriteCapacityUnits > mostUnits)
    throw validationError(`Given value ${WriteCapacityUnits} for WriteCapacityUnits is out of bounds`);
}

function requireDefined(schema: readonly KeySchemaElement[], defined: readonly string[]): void {
  const names = schema.map(({ AttributeName }) => AttributeName);
  if (names.every((name) => defined.includes(name))) return;
  throw invalidParameter(
    `Some index key attributes are not defined in AttributeDefinitions. Keys: [${names.join(', ')}], AttributeDefinitions: [${[...defined].sort().join(', ')}]`,
  );
}

function requireUsed(defined: readonly string[], schemas: readonly (readonly KeySchemaElement[])[]): void {
  const used = new Set(schemas.flat().map(({ AttributeName }) => AttributeName));
  if (defined.every((name) => used.has(name))) return;
  throw invalidParameter(
    `Some AttributeDefinitions are not used. AttributeDefinitions: [${[...defined].sort().join(', ')}], keys used: [${[...used].sort().join(', ')}]`,
  );
}

/** Global indexes may have several keys of a kind; hash keys come first everywhere. */
function validateKeySchema(schema: readonly KeySchemaElement[], isGlobalIndex: boolean): void {
  const names = schema.map(({ AttributeName }) => AttributeName);
  if (new Set(names).size < names.length)
    throw validationError('Both the Hash Key and the Range Key element in the KeySchema have the same name');
  const [first, second] = schema;
  if (first?.KeyType !== 'HASH')
    throw validationError('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  if (!isGlobalIndex) {
    if (second && second.KeyType !== 'RANGE')
      throw validationError('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type');
    return;
  }
  const hashes = schema.filter(({ KeyType }) => KeyType === 'HASH').length;
  if (schema.slice(0, hashes).some(({ KeyType }) => KeyType !== 'HASH'))
    throw validationError('Invalid KeySchema: HASH key elements must precede RANGE key elements');
  if (hashes > mostKeysOfAKind || schema.length - hashes > mostKeysOfAKind)
    throw invalidParameter(
      `Number of ${hashes > mostKeysOfAKind ? 'HASH' : 'RANGE'} key attributes exceeds the limit of ${mostKeysOfAKind}`,
    );
}

function validateLocalIndexes(
  indexes: readonly LocalSecondaryIndex[],
  tableSchema: readonly KeySchemaElement[],
  defined: readonly string[],
  names: Set<string>,
): void {
  if (indexes.length === 0) throw invalidParameter('List of LocalSecondaryIndexes is empty');
  if (tableSchema.length !== 2)
    throw invalidParameter(
      'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
    );
  const tableHash = tableSchema[0]?.AttributeName;
  for (const { IndexName, KeySchema, Projection } of indexes) {
    requireDefined(KeySchema, defined);
    validateKeySchema(KeySchema, false);
    if (KeySchema.length !== 2)
      throw invalidParameter(`Index KeySchema does not have a range key for index: ${IndexName}`);
    const hash = KeySchema[0]?.AttributeName;
    if (hash !== tableHash)
      throw invalidParameter(
        `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${IndexName}. index hash key: ${hash}, table hash key: ${tableHash}`,
      );
    validateProjection(Projection);
    addName(names, IndexName);
  }
  if (indexes.length > mostLocalIndexes)
    throw invalidParameter(`Number of LocalSecondaryIndexes exceeds per-table limit of ${mostLocalIndexes}`);
  limitIncluded(indexes.map(({ Projection }) => Projection));
}

function validateGlobalIndexes(
  indexes: readonly GlobalSecondaryIndex[],
  defined: readonly string[],
  names: Set<string>,
  billingMode: BillingMode | undefined,
): void {
  if (indexes.length === 0) throw invalidParameter('List of GlobalSecondaryIndexes is empty');
  for (const index of indexes) {
    validateGlobalIndex(index, defined, billingMode);
    addName(names, index.IndexName);
  }
  if (indexes.length > mostGlobalIndexes)
    throw invalidParameter(`GlobalSecondaryIndex count exceeds the per-table limit of ${mostGlobalIndexes}`);
  limitIncluded(indexes.map(({ Projection }) => Projection));
}

export function validateGlobalIndex(
  index: GlobalSecondaryIndex,
  defined: readonly string[],
  billingMode: BillingMode | undefined,
): void {
  const { IndexName, KeySchema, Projection, ProvisionedThroughput } = index;
  requireDefined(KeySchema, defined);
  validateKeySchema(KeySchema, true);
  validateProjection(Projection);
  if (billingMode === 'PAY_PER_REQUEST') {
    if (ProvisionedThroughput)
      throw invalidParameter(
        `ProvisionedThroughput should not be specified for index: ${IndexName} when BillingMode is PAY_PER_REQUEST`,
      );
    validateWarmth(`index ${IndexName}`, index.WarmThroughput);
  } else if (!ProvisionedThroughput) {
    throw invalidParameter(`ProvisionedThroughput must be specified for index: ${IndexName}`);
  } else validateUnits(ProvisionedThroughput);
}

/** What tables on demand can do from the start, in units per second. */
export const onDemandWarmth = { ReadUnitsPerSecond: 12000, WriteUnitsPerSecond: 4000 };

function validateWarmth(of: string, asked: WarmThroughput | undefined): void {
  for (const units of ['ReadUnitsPerSecond', 'WriteUnitsPerSecond'] as const)
    if ((asked?.[units] ?? onDemandWarmth[units]) < onDemandWarmth[units])
      throw invalidParameter(
        `Requested ${units} for WarmThroughput for ${of} is lower than initial throughput for OnDemand`,
      );
}

function addName(names: Set<string>, name: string): void {
  if (names.has(name)) throw invalidParameter(`Duplicate index name: ${name}`);
  names.add(name);
}

function validateProjection({ ProjectionType, NonKeyAttributes }: Projection): void {
  if (ProjectionType === undefined) throw invalidParameter('Unknown ProjectionType: null');
  if (NonKeyAttributes && ProjectionType !== 'INCLUDE')
    throw invalidParameter(`ProjectionType is ${ProjectionType}, but NonKeyAttributes is specified`);
  if (ProjectionType === 'INCLUDE' && !NonKeyAttributes)
    throw invalidParameter('ProjectionType is INCLUDE, but NonKeyAttributes is not specified');
  checkDistinctNames(NonKeyAttributes);
}

function limitIncluded(projections: readonly Projection[]): void {
  const count = projections.reduce((sum, { NonKeyAttributes = [] }) => sum + NonKeyAttributes.length, 0);
  if (count > mostIncludedAttributes)
    throw invalidParameter(
      `Number of NonKeyAttributes exceeds the per-table limit of ${mostIncludedAttributes}: ${count}`,
    );
}
