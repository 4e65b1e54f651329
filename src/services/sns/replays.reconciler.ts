// Brings archived publications to subscribers that asked for them, one after the other and in the order of the topic.
// After a crash the last few may come again.

import type { World } from '../../aws/service.ts';
import type { Reconciler } from '../../kernel/reconciler.ts';
import type { TableReader } from '../../kernel/table.ts';
import {
  type ArchivedPublicationSpec,
  archivedId,
  archivedPublications,
  type ReplayRow,
  replays,
} from './archive.table.ts';
import { deadLetterOf } from './fan-out.ts';
import { sendToQueue } from './queue-delivery.ts';
import { queueInputs } from './queue-parcels.ts';
import { selectSubscribers } from './subscribers.ts';
import { type SubscriptionRow, subscriptions } from './subscriptions.table.ts';
import { type TopicRow, topics } from './topics.table.ts';

const mostAtOnce = 20;

export function createReplaysReconciler(world: World): Reconciler {
  const { store } = world;
  return {
    name: 'sns.replays',
    keys: () => [...store.listAll(replays)].filter(isActive).map(({ id }) => id),
    wakes: ({ table, key, before, after }) =>
      table === replays.name && after && replayIdOf(before) !== replayIdOf(after) ? [key.id] : [],
    async reconcile(id) {
      const replay = store.find(replays, id);
      if (!replay || !isActive(replay)) return undefined;
      const topic = store.read(topics, replay).get(replay.spec.topicName);
      const subscription = store.read(subscriptions, replay).get(id);
      if (!topic || !subscription) return forget(world, replay);
      const page = nextOf(world, replay);
      for (const { publication } of page) await replayOne(world, { replay, topic, subscription, publication });
      return finishPage(world, replay, page) ? undefined : 0;
    },
  };
}

const replayIdOf = (row: unknown): string | undefined => (row as ReplayRow | undefined)?.spec.replayId;

function forget({ store }: World, replay: ReplayRow): undefined {
  store.changeStatuses((transaction) => transaction.table(replays, replay).remove(replay.id));
}

const isActive = ({ status }: ReplayRow): boolean => status.state !== 'Completed';

function nextOf({ store }: World, replay: ReplayRow): readonly ArchivedPublicationSpec[] {
  const { topicName, fromMs, untilMs = Number.POSITIVE_INFINITY } = replay.spec;
  const page: ArchivedPublicationSpec[] = [];
  const afterId = archivedId(topicName, replay.status.lastSequence);
  for (const { spec } of store.read(archivedPublications, replay).list(afterId)) {
    if (spec.topicName !== topicName || spec.publication.publishedAtMs > untilMs || page.length === mostAtOnce) break;
    if (spec.publication.publishedAtMs >= fromMs) page.push(spec);
  }
  return page;
}

interface Replayed extends Pick<ArchivedPublicationSpec, 'publication'> {
  readonly replay: ReplayRow;
  readonly topic: TopicRow;
  readonly subscription: SubscriptionRow;
}

async function replayOne(world: World, { replay, topic, subscription, publication }: Replayed): Promise<void> {
  const [subscriber] = selectSubscribers([subscription], publication);
  if (!subscriber) return;
  const { arn: subscriptionArn } = subscriber;
  const input = queueInputs(replay.spec.endpoint, { topic, publication, isReplayed: true })(subscriber);
  const parcel = { kind: 'queue', queueArn: subscription.spec.endpoint, input } as const;
  const failure = await sendToQueue(world.client, parcel, subscriptionArn);
  if (!failure) return;
  if (!failure.isPermanent) throw new Error(`the queue does not take it: ${failure.message}`);
  world.log.warn('a message could not be replayed', { subscription: subscriptionArn, ...failure });
  const { deadLetterArn } = deadLetterOf(subscription);
  if (deadLetterArn === undefined) return;
  await sendToQueue(world.client, { kind: 'queue', queueArn: deadLetterArn, input }, subscriptionArn);
}

/** Whether there is no more. Looked at in the transaction that says so: what is published after it goes out at once. */
function finishPage({ store }: World, replay: ReplayRow, page: readonly ArchivedPublicationSpec[]): boolean {
  return store.changeStatuses((transaction) => {
    const isDone = page.length === 0 && !hasMore(transaction.table(archivedPublications, replay), replay);
    const lastSequence = page.at(-1)?.publication.sequenceNumber ?? replay.status.lastSequence;
    const state = isDone ? ('Completed' as const) : ('In progress' as const);
    transaction
      .table(replays, replay)
      .update(replay.id, (status, { spec }) =>
        spec.replayId === replay.spec.replayId ? { state, lastSequence } : status,
      );
    return isDone;
  });
}

function hasMore(archive: TableReader<ArchivedPublicationSpec, null>, { spec, status }: ReplayRow): boolean {
  const { topicName, fromMs, untilMs } = spec;
  if (untilMs !== undefined) return false;
  for (const { spec: archived } of archive.list(archivedId(topicName, status.lastSequence))) {
    if (archived.topicName !== topicName) return false;
    if (archived.publication.publishedAtMs >= fromMs) return true;
  }
  return false;
}
