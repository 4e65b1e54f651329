// Publish, PublishBatch: to a topic, to a mobile endpoint, or to a phone.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html

import { hash } from 'node:crypto';
import { AwsError } from '../../aws/errors.ts';
import type { AsyncOperationContext, AsyncOperations, OperationContext } from '../../aws/operation.ts';
import type { BatchResultErrorEntry, PublishBatchRequestEntry, SnsApi } from '../../generated/sns.types.ts';
import { newUuid } from '../../kernel/ids.ts';
import { archivedId, archivedPublications, catchesUp, replays } from './archive.table.ts';
import { fanOut, signFor } from './fan-out.ts';
import { describeAttributes } from './message-attributes.ts';
import { outbox, outboxId } from './outbox.table.ts';
import { getEndpoint } from './platform-endpoints.ts';
import {
  checkStructure,
  fifoMembers,
  messageFor,
  type Publication,
  type PublicationInput,
  parsePublication,
  publicationBytes,
} from './publications.ts';
import {
  batchEntryIdsNotDistinct,
  batchRequestTooLong,
  emptyBatchRequest,
  endpointDisabled,
  invalidBatchEntryId,
  invalidParameter,
  platformApplicationDisabled,
  tooManyEntries,
} from './sns.errors.ts';
import { selectSubscribers } from './subscribers.ts';
import { type SubscriptionRow, subscriptions } from './subscriptions.table.ts';
import {
  messageBytesOf,
  type RecentPublicationSpec,
  recentPublications,
  type TopicRow,
  topicArnOf,
  topics,
} from './topics.table.ts';
import { requireTopicOf } from './topics.ts';

export const publishOperations = {
  async Publish(ctx, { TopicArn, TargetArn, PhoneNumber, ...input }) {
    if (PhoneNumber !== undefined) return publishToPhone(ctx, PhoneNumber, input);
    const arn = TopicArn ?? TargetArn;
    if (arn === undefined) throw invalidParameter('TopicArn or TargetArn Reason: no value for required parameter');
    if (/^arn:[^:]*:sns:[^:]*:[^:]*:endpoint\//.test(arn)) return publishToEndpoint(ctx, arn, input);
    const topic = requireTopicOf(ctx, arn);
    const publication = parseFor(ctx, topic, input);
    const publish = await preparePublish(ctx, topic, publication, input);
    return publish();
  },

  async PublishBatch(ctx, { TopicArn, PublishBatchRequestEntries: entries }) {
    const topic = requireTopicOf(ctx, TopicArn);
    checkBatch(entries, messageBytesOf(topic.spec));
    // Missing members of FIFO messages fail all of them, and so does a text for nobody.
    for (const entry of entries) checkStructure(entry);
    for (const entry of entries) fifoMembers(topic.spec, entry);
    // All are signed before the first goes out: they reach the queues in the order of the batch.
    const prepared = await Promise.all(entries.map((entry) => prepareEntry(ctx, topic, entry)));
    const outcomes = await Promise.all(prepared.map((publish) => publish()));
    return {
      Successful: outcomes.flatMap((outcome) => ('MessageId' in outcome ? outcome : [])),
      Failed: outcomes.flatMap((outcome) => ('Code' in outcome ? outcome : [])),
    };
  },
} satisfies AsyncOperations<SnsApi>;

type EntryOutcome = BatchResultErrorEntry | ({ readonly Id: string } & Published);

async function prepareEntry(
  ctx: AsyncOperationContext,
  topic: TopicRow,
  entry: PublishBatchRequestEntry,
): Promise<() => Promise<EntryOutcome>> {
  try {
    const publication = parseFor(ctx, topic, entry);
    const publish = await preparePublish(ctx, topic, publication, entry);
    return async () => ({ Id: entry.Id, ...(await publish()) });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const failure = { Id: entry.Id, Code: error.code, Message: error.message, SenderFault: error.fault === 'client' };
    return () => Promise.resolve(failure);
  }
}

const mostEntries = 10;

function checkBatch(entries: readonly PublishBatchRequestEntry[], mostBytes: number): void {
  if (entries.length === 0) throw emptyBatchRequest();
  if (entries.length > mostEntries) throw tooManyEntries();
  const misnamed = entries.find(({ Id }) => !/^[A-Za-z0-9_-]{1,80}$/.test(Id));
  if (misnamed) throw invalidBatchEntryId(misnamed.Id);
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) throw batchEntryIdsNotDistinct();
  if (entries.reduce((sum, entry) => sum + publicationBytes(entry), 0) > mostBytes) throw batchRequestTooLong();
}

function parseFor(ctx: AsyncOperationContext, { spec }: TopicRow, input: PublicationInput): Publication {
  return parsePublication(input, newUuid(ctx.random), ctx.nowMs, { mostBytes: messageBytesOf(spec) });
}

interface Published {
  readonly MessageId: string;
  readonly SequenceNumber?: string;
}

/** Does what takes time. The function that it resolves to begins with all queues before it waits for anything. */
async function preparePublish(
  ctx: AsyncOperationContext,
  topic: TopicRow,
  publication: Publication,
  input: PublicationInput,
): Promise<() => Promise<Published>> {
  const { deduplicationKey, ...members } = fifoMembers(topic.spec, input);
  const plain = { ...publication, ...members };
  if (deduplicationKey !== undefined) return () => publishInOrder(ctx, topic, plain, deduplicationKey);
  // Replays are of FIFO topics; what is subscribed to others gets all that comes.
  const subscribers = selectSubscribers(subscriptionsOf(ctx, topic), plain);
  const signature = await signFor(ctx, topic, subscribers, plain);
  return async () => {
    await fanOut(ctx, { topic, subscribers, publication: plain, signature });
    return { MessageId: plain.messageId };
  };
}

/** To a FIFO topic: sequence numbers are in the order in which the queues get the messages. */
async function publishInOrder(
  ctx: AsyncOperationContext,
  topic: TopicRow,
  publication: Publication,
  deduplicationKey: string,
): Promise<Published> {
  // Nothing comes between this and the transaction.
  const rows = subscriptionsOf(ctx, topic);
  const { messageId, sequenceNumber, isUnderWay, sequenced, subscribers } = ctx.transact((inner) => {
    const numbered = numberPublication(inner, topic, publication, deduplicationKey);
    const inOrder = { ...publication, messageId: numbered.messageId, sequenceNumber: numbered.sequenceNumber };
    archivePublication(inner, topic, inOrder);
    // In the same transaction: whoever is catching up gets it from the archive, and nobody gets it twice.
    return {
      ...numbered,
      sequenced: inOrder,
      subscribers: numbered.isUnderWay ? selectSubscribers(upToDate(inner, topic, rows), inOrder) : [],
    };
  });
  if (isUnderWay) {
    await fanOut(ctx, { topic, subscribers, publication: sequenced });
    ctx.transact((inner) => arrive(inner, topic, deduplicationKey));
  }
  return { MessageId: messageId, SequenceNumber: sequenceNumber };
}

const subscriptionsOf = (ctx: AsyncOperationContext, topic: TopicRow): readonly SubscriptionRow[] =>
  ctx.getBy(subscriptions, topic, 'byTopic', topic.id);

/** Without those that get what is published by their replays. */
function upToDate(ctx: OperationContext, topic: TopicRow, rows: readonly SubscriptionRow[]) {
  return rows.filter(
    ({ id, spec }) => spec.attributes['ReplayPolicy'] === undefined || !catchesUp(ctx.tableIn(replays, topic).get(id)),
  );
}

function archivePublication(ctx: OperationContext, topic: TopicRow, publication: Publication): void {
  const current = ctx.tableIn(topics, topic).get(topic.id);
  if (current?.spec.attributes['ArchivePolicy'] === undefined) return;
  const archive = ctx.tableIn(archivedPublications, topic);
  const id = archivedId(topic.id, publication.sequenceNumber ?? '');
  if (archive.has(id)) return;
  archive.insert(id, { topicName: topic.id, publication });
}

const rememberedForMs = 5 * 60_000;

/** Unique in the whole cloud, because that is how its end is found. A topic that is made anew has not had any of them. */
const recentId = (topic: TopicRow, key: string): string =>
  hash('sha256', `${topicArnOf(topic)} ${topic.createdAtMs} ${key}`, 'hex');

/** Gives the next number of the topic, or the first one's when this is a duplicate of what came lately. */
function numberPublication(
  ctx: OperationContext,
  topic: TopicRow,
  { messageId }: Publication,
  key: string,
): RecentPublicationSpec {
  const recent = ctx.tableIn(recentPublications, topic);
  const id = recentId(topic, key);
  const known = recent.get(id)?.spec;
  if (known && known.expiresAtMs > ctx.nowMs) return known;
  const { spec } = ctx.tableIn(topics, topic).update(topic.id, (before) => ({
    ...before,
    lastSequence: before.lastSequence + 1,
  }));
  const sequenceNumber = String(10n ** 19n + BigInt(spec.lastSequence));
  if (known) recent.remove(id);
  return recent.insert(id, {
    messageId,
    sequenceNumber,
    expiresAtMs: ctx.nowMs + rememberedForMs,
    isUnderWay: true,
  }).spec;
}

function arrive(ctx: OperationContext, topic: TopicRow, key: string): void {
  const recent = ctx.tableIn(recentPublications, topic);
  const id = recentId(topic, key);
  if (recent.has(id)) recent.update(id, ({ isUnderWay: _, ...rest }) => rest);
}

async function publishToPhone(ctx: AsyncOperationContext, phoneNumber: string, input: PublicationInput) {
  if (!/^\+[1-9]\d{1,14}$/.test(phoneNumber))
    throw invalidParameter(`PhoneNumber Reason: ${phoneNumber} is not valid to publish to`);
  if (Buffer.byteLength(input.Message) > 1600)
    throw invalidParameter('Message Reason: the message must be less than 1600 bytes long');
  const publication = parsePublication(input, newUuid(ctx.random), ctx.nowMs);
  const { messageId, subject, attributes } = publication;
  ctx.transact((inner) =>
    inner.table(outbox).insert(outboxId(ctx.nowMs, messageId), {
      kind: 'sms',
      to: phoneNumber,
      messageId,
      message: messageFor('sms', publication),
      ...(subject !== undefined && { subject }),
      ...(attributes && { attributes: describeAttributes(attributes) }),
    }),
  );
  return { MessageId: messageId };
}

async function publishToEndpoint(ctx: AsyncOperationContext, arn: string, input: PublicationInput) {
  const messageId = newUuid(ctx.random);
  ctx.transact((inner) => {
    const target = getEndpoint(inner, arn);
    if (!target) throw invalidParameter('TargetArn Reason: No endpoint found for the target arn specified');
    const { endpoint, application } = target;
    if (application.spec.attributes['Enabled']?.toLowerCase() === 'false') throw platformApplicationDisabled();
    if (endpoint.spec.attributes['Enabled']?.toLowerCase() !== 'true') throw endpointDisabled();
    const publication = parsePublication(input, messageId, ctx.nowMs, { platform: application.spec.platform });
    const { subject, attributes, byProtocol } = publication;
    inner.table(outbox).insert(outboxId(ctx.nowMs, messageId), {
      kind: 'application',
      to: arn,
      messageId,
      message: messageFor(application.spec.platform, publication),
      ...(subject !== undefined && { subject }),
      ...(byProtocol && { messageStructure: 'json' as const }),
      ...(attributes && { attributes: describeAttributes(attributes) }),
    });
  });
  return { MessageId: messageId };
}
