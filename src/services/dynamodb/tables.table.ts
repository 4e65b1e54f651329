// What is remembered of a table. Its items are behind the items engine, in spaces: the table has one, and so has each
// index, the stream, and the list of what expires when. A space is named by 16 random hexadecimal digits.

import { formatArn } from '../../aws/arn.ts';
import type {
  TableStatus as AwsTableStatus,
  BillingMode,
  CreateReplicationGroupMemberAction,
  IndexStatus,
  KeySchemaElement,
  OnDemandThroughput,
  ProjectionType,
  ScalarAttributeType,
  StreamViewType,
  TableClass,
  WarmThroughput,
} from '../../generated/dynamodb.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import type { Random } from '../../kernel/random.ts';
import { defineTable, type Row, type Scope } from '../../kernel/table.ts';

export interface ThroughputSpec {
  readonly read: number;
  readonly write: number;
  readonly increasedAtMs?: TimestampMs;
  readonly decreasedAtMs?: TimestampMs;
}

export interface IndexSpec {
  readonly name: string;
  readonly keySchema: readonly KeySchemaElement[];
  readonly projectionType: ProjectionType;
  readonly nonKeyAttributes: readonly string[];
  readonly space: string;
  /** Local indexes share the table's, on-demand ones have none. */
  readonly throughput: ThroughputSpec;
  readonly onDemand?: OnDemandThroughput;
  readonly warm?: WarmThroughput;
  readonly isDeleting: boolean;
}

export interface StreamSpec {
  readonly label: string;
  readonly viewType: StreamViewType;
  readonly space: string;
}

export interface TimeToLiveSpec {
  readonly attribute: string;
  readonly space: string;
  readonly changedAtMs: TimestampMs;
}

export interface RestoreSpec {
  readonly sourceTableArn: string;
  readonly sourceBackupArn?: string;
  readonly restoredToMs: TimestampMs;
  /** Where the items are, or are in a later state. */
  readonly fromSpace: string;
  /** What has happened to them since: it is undone as far back as `restoredToMs`. */
  readonly historySpace?: string;
}

export interface PointInTimeSpec {
  /** Of the history: what each item was before each change. */
  readonly space: string;
  readonly sinceMs: TimestampMs;
  readonly days: number;
}

/** A backup that is being made: while it is, what changes is kept, so that it can be of one moment. */
export interface RunningBackupSpec {
  readonly backupId: string;
  readonly historySpace: string;
}

/** A table that is one of a global table's. */
export interface ReplicationSpec {
  /** The other regions; none in the last replica until what is on its way has arrived. */
  readonly peers: readonly string[];
  /** Where changes wait to be carried to the others; all replicas have the same. */
  readonly outbox: string;
  /** Which items have changes of this replica in the outbox. */
  readonly pending: string;
}

export type ReplicaOverrides = Omit<CreateReplicationGroupMemberAction, 'RegionName'>;

export interface TableSpec {
  readonly tableId: string;
  readonly space: string;
  readonly attributeTypes: Readonly<Record<string, ScalarAttributeType>>;
  readonly keySchema: readonly KeySchemaElement[];
  readonly localIndexes: readonly IndexSpec[];
  readonly globalIndexes: readonly IndexSpec[];
  readonly billingMode: BillingMode;
  readonly payPerRequestAtMs?: TimestampMs;
  readonly throughput: ThroughputSpec & { readonly decreasesToday: number };
  readonly onDemand?: OnDemandThroughput;
  readonly warm?: WarmThroughput;
  readonly tableClass?: TableClass;
  readonly tableClassAtMs?: TimestampMs;
  readonly stream?: StreamSpec;
  /** The last stream, on or off: DescribeTable goes on naming it. */
  readonly latestStreamLabel?: string;
  readonly timeToLive?: TimeToLiveSpec;
  readonly encryptionKeyArn?: string;
  /** Switched off by the last update, which tells it for as long as it goes on. */
  readonly formerEncryptionKeyArn?: string;
  readonly isDeletionProtected: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly policy?: { readonly document: string; readonly revisionId: string };
  readonly streamPolicy?: { readonly document: string; readonly revisionId: string };
  /** Raised by every change that a reconciler carries out. */
  readonly revision: number;
  readonly isDeleting: boolean;
  readonly restore?: RestoreSpec;
  /** Of the import that fills it; until that is over it cannot be used. */
  readonly importId?: string;
  readonly replication?: ReplicationSpec;
  readonly replicaOverrides?: ReplicaOverrides;
  /** Of a new replica: where the items are that it begins with. */
  readonly seedSpace?: string;
  readonly pointInTime?: PointInTimeSpec;
  readonly runningBackups: readonly RunningBackupSpec[];
}

export interface TableStatus {
  /** The last revision that is carried out; 0 until the table can be used. */
  readonly revision: number;
  /** Spaces of indexes and of the time to live that hold everything they should. */
  readonly filled: readonly string[];
}

export type TableRow = Row<TableSpec, TableStatus>;

/** Rows are named after their tables: names are unique in an account and region. */
export const tables = defineTable<TableSpec, TableStatus>({
  name: 'dynamodb.tables',
  initialStatus: { revision: 0, filled: [] },
});

export function newSpace(random: Random): string {
  return Buffer.from(random.bytes(8)).toString('hex');
}

export function stateOfTable({ spec, status }: Pick<TableRow, 'spec' | 'status'>): AwsTableStatus {
  if (spec.isDeleting) return 'DELETING';
  if (status.revision === 0) return 'CREATING';
  return status.revision < spec.revision ? 'UPDATING' : 'ACTIVE';
}

export function stateOfIndex(index: IndexSpec, status: TableStatus): IndexStatus {
  if (index.isDeleting) return 'DELETING';
  return status.filled.includes(index.space) ? 'ACTIVE' : 'CREATING';
}

const dayMs = 24 * 3600_000;

/** How often a table's throughput was lowered on the day of UTC that `nowMs` is in. */
export function decreasesOn(nowMs: number, { decreasedAtMs, decreasesToday }: TableSpec['throughput']): number {
  const isToday = decreasedAtMs !== undefined && Math.floor(decreasedAtMs / dayMs) === Math.floor(nowMs / dayMs);
  return isToday ? decreasesToday : 0;
}

/** Whether the table is part of a global one. */
export function isReplicated({ replication }: TableSpec): boolean {
  return replication !== undefined && replication.peers.length > 0;
}

/** Every space that a table's row claims. */
export function spacesOf(spec: TableSpec): readonly string[] {
  const indexes = [...spec.localIndexes, ...spec.globalIndexes].map(({ space }) => space);
  const { timeToLive, replication } = spec;
  return [
    spec.space,
    ...indexes,
    ...(timeToLive ? [timeToLive.space] : []),
    ...(replication ? [replication.outbox, replication.pending] : []),
    ...historiesOf(spec),
  ];
}

/** Spaces of the histories that every change is noted in. */
export function historiesOf({ pointInTime, runningBackups }: TableSpec): readonly string[] {
  return [...(pointInTime ? [pointInTime.space] : []), ...runningBackups.map(({ historySpace }) => historySpace)];
}

export function tableArn(scope: Scope, tableName: string): string {
  return formatArn({ service: 'dynamodb', ...scope, resource: `table/${tableName}` });
}

export function indexArn(scope: Scope, tableName: string, indexName: string): string {
  return `${tableArn(scope, tableName)}/index/${indexName}`;
}

export function streamArn(scope: Scope, tableName: string, label: string): string {
  return `${tableArn(scope, tableName)}/stream/${label}`;
}
