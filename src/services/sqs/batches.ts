// What all batches have in common: one to ten entries with distinct ids, of which each may fail by itself.

import { AwsError } from '../../aws/errors.ts';
import { loadServiceModel } from '../../aws/model.ts';
import type { BatchResultErrorEntry } from '../../generated/sqs.types.ts';
import { batchEntryIdsNotDistinct, emptyBatchRequest, invalidBatchEntryId, tooManyEntries } from './sqs.errors.ts';

const mostEntries = 10;

interface Entry {
  readonly Id: string;
}

/** `entryShape` is the entries' name in the model: `SendMessageBatchRequestEntry`. */
export function checkBatch(entries: readonly Entry[], entryShape: string): void {
  if (entries.length === 0) throw emptyBatchRequest(entryShape);
  if (entries.length > mostEntries) throw tooManyEntries(entries.length);
  for (let i = 0; i < entries.length; i++) {
    const { Id } = entries[i] as Entry;
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(Id)) throw invalidBatchEntryId();
    // Of at most ten, comparing with each is quicker than a Set.
    for (let before = 0; before < i; before++) if (entries[before]?.Id === Id) throw batchEntryIdsNotDistinct(Id);
  }
}

export interface PreparedBatch<Item> {
  readonly good: readonly { readonly id: string; readonly item: Item }[];
  readonly failed: BatchResultErrorEntry[];
}

/** What `prepare` throws as AWS's error is its entry's failure. */
export function prepareBatch<T extends Entry, Item>(
  entries: readonly T[],
  prepare: (entry: T) => Item,
): PreparedBatch<Item> {
  const good: { id: string; item: Item }[] = [];
  const failed: BatchResultErrorEntry[] = [];
  for (const entry of entries) {
    try {
      good.push({ id: entry.Id, item: prepare(entry) });
    } catch (error) {
      failed.push(failureOf(entry.Id, error));
    }
  }
  return { good, failed };
}

/** AWS leaves out what is empty, though its model wants both. */
export function describeBatch<Entry>(Successful: readonly Entry[], Failed: readonly BatchResultErrorEntry[]) {
  return { ...(Successful.length > 0 && { Successful }), ...(Failed.length > 0 && { Failed }) } as {
    readonly Successful: readonly Entry[];
    readonly Failed: readonly BatchResultErrorEntry[];
  };
}

export function failureOf(id: string, error: unknown): BatchResultErrorEntry {
  if (!(error instanceof AwsError)) throw error;
  // Entries fail by the codes of the query protocol, whichever protocol is spoken.
  const code = loadServiceModel('sqs').exception(error.code)?.error?.code ?? error.code;
  return { Id: id, SenderFault: error.fault === 'client', Code: code, Message: error.message };
}
