// The engine of messages on any storage. Every request is a piece of work in the turn's transaction; queues are read in
// when they are first touched, and long polls are served whenever something may have become visible.

import type { Clock, TimestampMs } from '../../kernel/clock.ts';
import { changeVisibility, removeMessage, sendMessage } from './changes.ts';
import { clearShelf } from './clearing.ts';
import { LongPolls } from './long-polls.ts';
import type {
  Messages,
  MoveRequest,
  MoveResult,
  NewMessage,
  Parcel,
  Patience,
  PeekedMessage,
  QueueCounts,
  QueueRef,
  Receipt,
  ReceiveRequest,
  ReceiveResult,
  RemoveOutcome,
  SentMessage,
  VisibilityChange,
  VisibilityOutcome,
} from './messages.ts';
import { moveMessages } from './moving.ts';
import { beyondAll, OpenQueue } from './open-queue.ts';
import { receiveNow } from './receiving.ts';
import type { MessageStorage, StoredMessage } from './storage.ts';
import { Turn } from './turn.ts';

export interface MessagesOptions {
  readonly storage: MessageStorage;
  readonly clock: Clock;
}

const stepSize = 1000;

export function createMessages(options: MessagesOptions): Messages {
  return new MessageEngine(options);
}

class MessageEngine implements Messages {
  readonly #storage: MessageStorage;
  readonly #clock: Clock;
  readonly #queues = new Map<string, OpenQueue>();
  /** Touched in this turn. */
  readonly #touched = new Set<OpenQueue>();
  readonly #polls: LongPolls;
  readonly #turn: Turn;
  readonly #open = (ref: QueueRef): OpenQueue => this.#openQueue(ref);

  constructor({ storage, clock }: MessagesOptions) {
    this.#storage = storage;
    this.#clock = clock;
    this.#polls = new LongPolls(clock);
    this.#turn = new Turn({
      storage,
      beforeCommit: () => this.#beforeCommit(),
      afterCommit: () => this.#touched.clear(),
      afterFailure: () => {
        // Who began to wait in this turn is told of the failure: what came for them later would be lost.
        for (const { ref } of this.#touched) this.#polls.endAll(ref.id);
        this.#touched.clear();
        this.#queues.clear();
      },
    });
  }

  send(ref: QueueRef, messages: readonly NewMessage[]): Promise<readonly SentMessage[]> {
    return this.#turn.run(() => {
      const queue = this.#openQueue(ref);
      const nowMs = this.#clock.now();
      return messages.map((message) => sendMessage(queue, message, nowMs));
    });
  }

  sendAll(parcels: readonly Parcel[]): Promise<readonly SentMessage[]> {
    return this.#turn.run(() => {
      const nowMs = this.#clock.now();
      return parcels.map(({ queue, message }) => sendMessage(this.#openQueue(queue), message, nowMs));
    });
  }

  receive(ref: QueueRef, request: ReceiveRequest, patience?: Patience): Promise<ReceiveResult> {
    return this.#turn.run(() => {
      const found = receiveNow(this.#openQueue(ref), request, this.#clock.now(), this.#open);
      if (found.messages.length > 0 || !patience || patience.waitMs <= 0) return found;
      // Within the turn: a message that comes right after it finds someone waiting.
      return this.#polls.wait(ref.id, request, patience);
    }, true);
  }

  remove(ref: QueueRef, receipts: readonly Receipt[]): Promise<readonly RemoveOutcome[]> {
    return this.#turn.run(() => {
      const queue = this.#openSettled(ref);
      return receipts.map((receipt) => removeMessage(queue, receipt));
    });
  }

  changeVisibility(ref: QueueRef, changes: readonly VisibilityChange[]): Promise<readonly VisibilityOutcome[]> {
    return this.#turn.run(() => {
      const queue = this.#openSettled(ref);
      const nowMs = this.#clock.now();
      return changes.map((change) => changeVisibility(queue, change, nowMs));
    });
  }

  count(ref: QueueRef, retentionMs: number): Promise<QueueCounts> {
    return this.#turn.run(() => {
      const queue = this.#openSettled(ref);
      queue.expire(this.#clock.now() - retentionMs, stepSize);
      const { total, inFlight, delayed } = queue.memory;
      return { visible: total - inFlight - delayed, inFlight, delayed };
    }, true);
  }

  purge(ref: QueueRef): Promise<void> {
    return this.#turn.run(() => {
      this.#openQueue(ref).purge();
      this.#forget(ref.id);
    });
  }

  async expire(ref: QueueRef, retentionMs: number): Promise<TimestampMs | undefined> {
    await this.#inSteps(() => this.#openQueue(ref).expire(this.#clock.now() - retentionMs, stepSize));
    await this.#inSteps(() => this.#openQueue(ref).forgetRecent(this.#clock.now(), stepSize));
    const [oldest] = this.#storage.shelf(ref.id).messages.range(0, beyondAll, 1);
    return oldest?.value.sentAtMs;
  }

  move(from: QueueRef, request: MoveRequest): Promise<MoveResult> {
    return this.#turn.run(() => moveMessages(this.#openQueue(from), request, this.#clock.now(), this.#open));
  }

  peek(ref: QueueRef, most: number): Promise<readonly PeekedMessage[]> {
    return this.#turn.run(() => {
      const queue = this.#openSettled(ref);
      const nowMs = this.#clock.now();
      return queue.shelf.messages
        .range(queue.memory.floor, beyondAll, most)
        .map(({ key, value }) => peeked(queue, key, value, nowMs));
    }, true);
  }

  async queues(): Promise<readonly string[]> {
    return this.#storage.queueIds();
  }

  async clear(id: string): Promise<void> {
    this.#polls.endAll(id);
    await this.#inSteps(() => {
      this.#forget(id);
      return clearShelf(this.#storage.shelf(id), stepSize);
    });
    this.#storage.forget(id);
  }

  async close(): Promise<void> {
    this.#polls.endAll();
    await this.#turn.run(() => undefined);
    await this.#storage.close();
  }

  #openQueue(ref: QueueRef): OpenQueue {
    let queue = this.#queues.get(ref.id);
    if (!queue) {
      queue = new OpenQueue(ref, this.#storage.shelf(ref.id), this.#clock.now());
      this.#queues.set(ref.id, queue);
    }
    this.#touched.add(queue);
    return queue;
  }

  /** With what has become visible by now. */
  #openSettled(ref: QueueRef): OpenQueue {
    const queue = this.#openQueue(ref);
    queue.memory.settle(this.#clock.now());
    return queue;
  }

  /** It is read in anew when it is touched again. */
  #forget(id: string): void {
    const queue = this.#queues.get(id);
    if (queue) this.#touched.delete(queue);
    this.#queues.delete(id);
  }

  /** In steps, so that other work comes between. */
  async #inSteps(step: () => boolean): Promise<void> {
    while (!(await this.#turn.run(step)));
  }

  #beforeCommit(): void {
    // Serving may bury messages, and so touch dead-letter queues, which come later in the same set.
    for (const queue of this.#touched) if (this.#polls.has(queue.ref.id)) this.#serve(queue);
    for (const queue of this.#touched) queue.save();
  }

  #serve(queue: OpenQueue): void {
    const { ref, memory } = queue;
    const { id } = ref;
    const nowMs = this.#clock.now();
    const served = this.#polls.serve(id, (request) => receiveNow(queue, request, nowMs, this.#open));
    for (const { waiter, result } of served) this.#turn.settleWithThis(result, waiter.end, waiter.fail);
    this.#polls.lookAgain(id, memory.nextDeadlineMs, () => {
      this.#turn.run(() => void this.#openQueue(ref), true).catch(() => this.#polls.endAll(id));
    });
  }
}

function peeked(queue: OpenQueue, position: number, message: StoredMessage, nowMs: TimestampMs): PeekedMessage {
  const state = queue.memory.state(position);
  return {
    ...message,
    position,
    receiveCount: state?.receiveCount ?? 0,
    firstReceivedAtMs: state && state.receiveCount > 0 ? state.firstReceivedAtMs : undefined,
    isVisible: !state || state.visibleAtMs <= nowMs,
  };
}
