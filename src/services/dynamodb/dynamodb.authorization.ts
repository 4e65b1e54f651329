// What DynamoDB's operations need to be allowed, and where its resource policies are. A request that does several things
// needs what each of them would need alone.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html

import { formatArn, parseArn } from '../../aws/arn.ts';
import {
  type Access,
  type Authorizations,
  as,
  on,
  onAll,
  type ResourcePolicySource,
  type ResourceRef,
  resource,
} from '../../aws/authorization.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { DynamodbApi, ImportTableInput, UpdateTableInput } from '../../generated/dynamodb.types.ts';
import type { Scope } from '../../kernel/table.ts';
import { findTable, itemAuthorizations, tableRef } from './items.authorization.ts';
import { statementAuthorizations } from './statements.authorization.ts';
import { tableArn, tables } from './tables.table.ts';

function tableBy<Input>(nameOf: (input: Input) => string | undefined) {
  return resource({
    type: 'table',
    of(input: Input, ctx) {
      const name = nameOf(input);
      return name === undefined ? [] : [tableRef(ctx, name)];
    },
    find: findTable,
    tags: ({ spec }) => spec.tags,
  });
}

const table = tableBy<{ readonly TableName: string }>(({ TableName }) => TableName);
const target = tableBy<{ readonly TargetTableName: string }>(({ TargetTableName }) => TargetTableName);

interface Source {
  readonly SourceTableArn?: string | undefined;
  readonly SourceTableName?: string | undefined;
}
const source = tableBy<Source>(({ SourceTableArn, SourceTableName }) => SourceTableArn ?? SourceTableName);

/** Tables, their streams and their backups, by the ARN as it stands. */
function byArn<Input>(types: readonly string[], arnOf: (input: Input) => string) {
  return resource({
    type: types,
    of(input: Input) {
      const arn = arnOf(input);
      const parsed = parseArn(arn);
      const name = /^table\/([^/]+)/.exec(parsed?.resource ?? '')?.[1];
      if (parsed?.service !== 'dynamodb' || name === undefined) return [];
      return [{ arn, account: parsed.account, region: parsed.region, id: name }];
    },
    find: findTable,
    tags: ({ spec }) => spec.tags,
  });
}

const tagged = byArn<{ readonly ResourceArn: string }>(['table', 'stream'], ({ ResourceArn }) => ResourceArn);
const backup = byArn<{ readonly BackupArn: string }>(['backup'], ({ BackupArn }) => BackupArn);

const exported = byArn<{ readonly ExportArn: string }>(['export'], ({ ExportArn }) => ExportArn);
const imported = byArn<{ readonly ImportArn: string }>(['import'], ({ ImportArn }) => ImportArn);
const exporting = tableBy<{ readonly TableArn: string }>(({ TableArn }) => TableArn);
const importing = tableBy<ImportTableInput>((input) => input.TableCreationParameters.TableName);

/** The replicas that UpdateTable makes or takes away need a permission of their own, on the table in their region. */
function replicaAccess(kind: 'Create' | 'Delete'): Access<UpdateTableInput> {
  const regionsOf = ({ ReplicaUpdates = [] }: UpdateTableInput) =>
    ReplicaUpdates.flatMap((update) => update[kind]?.RegionName ?? []);
  return {
    action: `dynamodb:${kind}TableReplica`,
    when: (input) => regionsOf(input).length > 0,
    resource: resource({
      type: 'table',
      of(input: UpdateTableInput, ctx) {
        const here = tableRef(ctx, input.TableName);
        return regionsOf(input).map((region) => {
          const scope = { account: here.account, region };
          return { ...scope, id: here.id, arn: tableArn(scope, here.id) };
        });
      },
      find: findTable,
      tags: ({ spec }) => spec.tags,
    }),
  };
}

const everything = (path: string) =>
  resource({
    type: [],
    of: (_input: unknown, { account, region }: Scope): readonly ResourceRef[] => [
      { arn: formatArn({ service: 'dynamodb', region, account, resource: path }), account, region, id: '' },
    ],
  });

/** A restored table is written item by item. */
const writes = ['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'];

export const dynamodbAuthorization = {
  ...itemAuthorizations,
  ...statementAuthorizations,
  CreateBackup: on(table),
  CreateTable: on(table, { requestTags: ({ Tags }) => tagsByKey(Tags) }),
  DeleteBackup: on(backup),
  DeleteResourcePolicy: on(tagged),
  DeleteTable: on(table),
  DescribeBackup: on(backup),
  DescribeContinuousBackups: on(table),
  DescribeEndpoints: onAll,
  DescribeExport: on(exported),
  DescribeImport: on(imported),
  DescribeLimits: onAll,
  DescribeTable: on(table),
  DescribeContributorInsights: on(table),
  DescribeTimeToLive: on(table),
  ExportTableToPointInTime: on(exporting),
  GetResourcePolicy: on(tagged),
  ImportTable: on(importing),
  ListBackups: on(everything('table/*/backup/*')),
  ListExports: on(everything('table/*/export/*')),
  ListImports: on(everything('table/*/import/*')),
  ListTables: on(everything('table/*')),
  ListTagsOfResource: on(tagged),
  PutResourcePolicy: on(tagged),
  RestoreTableFromBackup: [...on(backup), ...on(target), ...writes.flatMap((name) => as(`dynamodb:${name}`, target))],
  RestoreTableToPointInTime: [
    ...on(source),
    ...on(target),
    ...writes.flatMap((name) => as(`dynamodb:${name}`, target)),
  ],
  TagResource: on(tagged, { requestTags: ({ Tags }) => tagsByKey(Tags) }),
  UntagResource: on(tagged, { tagKeys: ({ TagKeys }) => TagKeys }),
  UpdateContinuousBackups: on(table),
  UpdateTable: [...on(table), replicaAccess('Create'), replicaAccess('Delete')],
  UpdateTimeToLive: on(table),
} satisfies Authorizations<DynamodbApi>;

export const tablePolicies: ResourcePolicySource = {
  tables: [tables.name],
  find(ref, rows) {
    const spec = findTable(ref, rows)?.spec;
    return spec && { text: (ref.arn.includes('/stream/') ? spec.streamPolicy : spec.policy)?.document };
  },
  ownersRootMay: ['dynamodb:GetResourcePolicy', 'dynamodb:PutResourcePolicy', 'dynamodb:DeleteResourcePolicy'],
};
