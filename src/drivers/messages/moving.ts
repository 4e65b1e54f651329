// Moves visible messages from one queue to another, as new ones: redriving a dead-letter queue.

import type { TimestampMs } from '../../kernel/clock.ts';
import { hiddenUntil } from './changes.ts';
import type { MessageContent, MoveRequest, MoveResult, NewMessage, QueueRef } from './messages.ts';
import type { OpenQueue } from './open-queue.ts';
import type { Opener } from './receiving.ts';

export function moveMessages(from: OpenQueue, request: MoveRequest, nowMs: TimestampMs, open: Opener): MoveResult {
  let moved = 0;
  const homeless: number[] = [];
  while (moved + homeless.length < request.most) {
    const taken = from.take(request.most - moved - homeless.length, nowMs);
    if (taken.length === 0) break;
    for (const position of taken) {
      const message = from.message(position);
      if (!message) {
        from.memory.drop(position);
        continue;
      }
      const target = targetOf(message, request);
      if (!target) {
        homeless.push(position);
        continue;
      }
      open(target).add(newMessage(message, request.newMessageId()), nowMs);
      from.remove(position);
      moved += 1;
    }
  }
  for (const position of homeless) putBack(from, position, nowMs);
  return { moved, homeless: homeless.length };
}

function targetOf({ deadLetterSource }: MessageContent, { to, sources }: MoveRequest): QueueRef | undefined {
  return to ?? (deadLetterSource === undefined ? undefined : sources[deadLetterSource]);
}

function newMessage(message: MessageContent, messageId: string): NewMessage {
  const { deadLetterSource: _, ...content } = message;
  return { ...content, messageId, delayMs: 0 };
}

/** As if it had not been taken: it is still visible, and was not received. */
function putBack(from: OpenQueue, position: number, nowMs: TimestampMs): void {
  const state = from.memory.state(position);
  const untouched = { visibleAtMs: 0, receiveCount: 0, firstReceivedAtMs: 0, receivedAtMs: 0, group: undefined };
  from.setState(position, hiddenUntil(state ?? untouched, 0), nowMs);
}
