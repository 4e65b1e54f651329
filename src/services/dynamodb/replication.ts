// What a change of a replicated item leaves for the other regions. All replicas of a table share one outbox, so that it holds
// their changes in the order in which they were made: the last writer is the last in it. A replica also notes which of its
// items have changes of their own in there, so that no earlier change from elsewhere is put over them.

import type { Write } from '../../drivers/items/items.ts';
import { recordKey } from './stream-records.ts';
import type { ReplicationLayout } from './table-layout.ts';

const spaceBytes = 8;

export interface OutboxEntry {
  /** Where it was made. */
  readonly region: string;
  /** The engine's key of the item, without the table's space. */
  readonly tail: string;
  /** The item as it is stored; absent when it went. */
  readonly stored?: string;
}

export function outboxWrites(
  { outbox, pending, region }: ReplicationLayout,
  key: Buffer,
  stored: string | undefined,
  version: number,
): readonly Write[] {
  const tail = key.toString('latin1', spaceBytes);
  const entry: OutboxEntry = { region, tail, ...(stored !== undefined && { stored }) };
  return [
    { key: recordKey(outbox, version), value: JSON.stringify(entry) },
    { key: pendingKey(pending, tail), value: String(version) },
  ];
}

/** Holds the version of an item's last change that was made here and that the others have not got yet. */
export function pendingKey(pending: Buffer, tail: string): Buffer {
  return Buffer.concat([pending, Buffer.from(tail, 'latin1')]);
}
