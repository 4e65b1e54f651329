// A kind of resource: what its ids look like, where its rows are, and AWS's errors for ids that are wrong.

import type { AwsError } from '../../aws/errors.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type { Row, Table } from '../../kernel/table.ts';
import { malformedId, notFound } from './ec2.errors.ts';

export interface Identified {
  readonly id: string;
}

/** Rows by id and in the order of ids: a table, or what reads like one. */
export interface RowSource<Found extends Identified> {
  get(id: string): Found | undefined;
  list(afterId?: string): Iterable<Found>;
}

export interface ResourceKind<Found extends Identified> {
  /** As in DescribeTags and tag specifications: `security-group`. */
  readonly resourceType: string;
  /** `sg`, without the dash. */
  readonly idPrefix: string;
  rows(ctx: OperationContext): RowSource<Found>;
  notFound(ids: readonly string[]): AwsError;
  malformed(id: string): AwsError;
}

export interface TableKindOptions<Spec, Status> {
  readonly resourceType: string;
  readonly idPrefix: string;
  readonly table: Table<Spec, Status>;
  /** `InvalidSubnetID.NotFound` */
  readonly notFoundCode: string;
  /** `InvalidSubnetID.Malformed` */
  readonly malformedCode: string;
  /** As in "The subnet ID '…' does not exist". */
  readonly noun: string;
  /** Where AWS words it otherwise. */
  readonly notFound?: (ids: readonly string[]) => AwsError;
}

export function tableKind<Spec, Status>(options: TableKindOptions<Spec, Status>): ResourceKind<Row<Spec, Status>> {
  const { resourceType, idPrefix, table, notFoundCode, malformedCode, noun } = options;
  return {
    resourceType,
    idPrefix,
    rows: (ctx) => ctx.table(table),
    notFound: options.notFound ?? ((ids) => notFound(notFoundCode, noun, ids)),
    malformed: (id) => malformedId(malformedCode, id, idPrefix),
  };
}

export function isIdOf(kind: Pick<ResourceKind<Identified>, 'idPrefix'>, id: string): boolean {
  // Ids had eight digits until 2016; those that remain are as good as the long ones.
  return (
    id.startsWith(`${kind.idPrefix}-`) && /^(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(id.slice(kind.idPrefix.length + 1))
  );
}

/** The rows in the order asked for, each once; throws AWS's error for ids that are malformed or of no row. */
export function requireRows<Found extends Identified>(
  ctx: OperationContext,
  kind: ResourceKind<Found>,
  ids: readonly string[],
): readonly Found[] {
  const malformed = ids.find((id) => !isIdOf(kind, id));
  if (malformed !== undefined) throw kind.malformed(malformed);
  const source = kind.rows(ctx);
  const found = [...new Set(ids)].map((id) => [id, source.get(id)] as const);
  const missing = found.filter(([, row]) => row === undefined).map(([id]) => id);
  if (missing.length > 0) throw kind.notFound(missing);
  return found.map(([, row]) => row as Found);
}

export function requireRow<Found extends Identified>(
  ctx: OperationContext,
  kind: ResourceKind<Found>,
  id: string,
): Found {
  return requireRows(ctx, kind, [id])[0] as Found;
}
