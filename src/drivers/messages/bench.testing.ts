// What the engines of messages are tried with: one on a clock that stands still, and what is asked of it again and again.

import { afterEach, beforeEach } from 'vitest';
import { createSimulatedClock, type SimulatedClock } from '../../kernel/simulated-clock.ts';
import type { Messages, NewMessage, QueueRef, ReceivedMessage, ReceiveRequest } from './messages.ts';

export interface OpenedMessages {
  readonly messages: Messages;
  /** The same storage in a new process; undefined for an engine that keeps nothing. */
  reopen?(): Promise<Messages>;
}

export const startMs = Date.UTC(2026, 0, 1);
export const dayMs = 86_400_000;

export const standard: QueueRef = { id: 'standard', isFifo: false };
export const dead: QueueRef = { id: 'dead', isFifo: false };
export const fifo: QueueRef = { id: 'fifo', isFifo: true };

let made = 0;

export function newMessage(body: string, more: Partial<NewMessage> = {}): NewMessage {
  made += 1;
  return { messageId: `id-${made}`, body, bodyMd5: 'md5', senderId: 'sender', delayMs: 0, ...more };
}

export const request: ReceiveRequest = { most: 10, visibilityMs: 30_000, retentionMs: dayMs, mostInFlight: 120_000 };

export const bodies = (messages: readonly { readonly body: string }[]): string[] => messages.map(({ body }) => body);

export type Bench = ReturnType<typeof setUpBench>;

/** Of the tests around it, each of which has an engine of its own. */
export function setUpBench(open: (clock: SimulatedClock) => OpenedMessages) {
  let clock: SimulatedClock;
  let messages: Messages;
  let again: (() => Promise<Messages>) | undefined;
  beforeEach(() => {
    clock = createSimulatedClock(startMs);
    const opened = open(clock);
    messages = opened.messages;
    again = opened.reopen;
  });
  afterEach(() => messages.close());

  const receive = async (queue: QueueRef, more: Partial<ReceiveRequest> = {}): Promise<readonly ReceivedMessage[]> =>
    (await messages.receive(queue, { ...request, ...more })).messages;
  return {
    get messages() {
      return messages;
    },
    /** False, and nothing happens, for an engine that keeps nothing. */
    async reopen(): Promise<boolean> {
      if (!again) return false;
      messages = await again();
      return true;
    },
    pass(ms: number): void {
      const untilMs = clock.now() + ms;
      clock.after(ms, () => undefined);
      while (clock.now() < untilMs) clock.step(untilMs);
    },
    send: (queue: QueueRef, ...texts: string[]) =>
      messages.send(
        queue,
        texts.map((text) => newMessage(text)),
      ),
    sendGroup: (group: string, ...texts: string[]) =>
      messages.send(
        fifo,
        texts.map((text) => newMessage(text, { group, deduplicationId: text, deduplicationKey: text })),
      ),
    receive,
    receiveBodies: async (queue: QueueRef, more: Partial<ReceiveRequest> = {}) => bodies(await receive(queue, more)),
    count: (queue: QueueRef) => messages.count(queue, dayMs),
  };
}
