// The archives of FIFO topics, and the replays that subscribers asked for. Operations write what was asked, the
// reconciler how far it came.

import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, defineTable, type Row } from '../../kernel/table.ts';
import type { Publication } from './publications.ts';

export interface ArchivedPublicationSpec {
  readonly topicName: string;
  readonly publication: Publication;
}

/** By `topic:sequence number`, and so in the order of the topic. */
export const archivedPublications = defineSpecTable<ArchivedPublicationSpec>({ name: 'sns.archivedPublications' });

export function archivedId(topicName: string, sequenceNumber: string): string {
  return `${topicName}:${sequenceNumber}`;
}

export interface ReplaySpec {
  /** Tells a replay from the one that it takes the place of. */
  readonly replayId: string;
  readonly topicName: string;
  readonly fromMs: TimestampMs;
  /** When absent, the subscriber is brought up to date, and gets what is published meanwhile in its turn. */
  readonly untilMs?: TimestampMs;
  /** Where this cloud was reached when the replay was asked for. */
  readonly endpoint: string;
}

export interface ReplayStatus {
  readonly state: 'Pending' | 'In progress' | 'Completed';
  /** The publication that was seen last; empty at first. */
  readonly lastSequence: string;
}

export type ReplayRow = Row<ReplaySpec, ReplayStatus>;

/** By the subscription's id. */
export const replays = defineTable<ReplaySpec, ReplayStatus>({
  name: 'sns.replays',
  initialStatus: { state: 'Pending', lastSequence: '' },
});

/** The subscriber gets publications by its replay, not at once. */
export function catchesUp(replay: ReplayRow | undefined): boolean {
  return replay !== undefined && replay.spec.untilMs === undefined && replay.status.state !== 'Completed';
}
