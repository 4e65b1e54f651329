// Dead-letter queues, and moving messages back from them: a part of what every engine of messages must do.

import { expect, it } from 'vitest';
import { type Bench, bodies, dead, fifo, newMessage, standard, startMs } from './bench.testing.ts';

export function describeDeadLetters(bench: Bench): void {
  const { pass, send, sendGroup, receive, receiveBodies, count } = bench;

  it('buries what was received too often', async () => {
    await send(standard, 'poison');
    pass(1_000);
    const deadLetter = { queue: dead, maxReceiveCount: 2, source: 'arn:source' };
    for (let i = 0; i < 2; i++)
      expect(await receiveBodies(standard, { deadLetter, visibilityMs: 0 })).toEqual(['poison']);
    expect(await receiveBodies(standard, { deadLetter })).toEqual([]);
    expect(await count(standard)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    expect(await receive(dead)).toMatchObject([
      { body: 'poison', sentAtMs: startMs, deadLetterSource: 'arn:source', receiveCount: 3 },
    ]);
  });

  it('keeps what was received too often where it is already buried', async () => {
    await send(standard, 'poison');
    const deadLetter = { queue: standard, maxReceiveCount: 1, source: 'arn:itself' };
    for (let i = 0; i < 3; i++)
      expect(await receiveBodies(standard, { deadLetter, visibilityMs: 0 })).toEqual(['poison']);
  });

  it('lets the next of a group go on when one is buried', async () => {
    await sendGroup('g', 'bad', 'good');
    const deadLetter = { queue: { id: 'dead.fifo', isFifo: true }, maxReceiveCount: 1, source: 'arn:source' };
    expect(await receiveBodies(fifo, { deadLetter, visibilityMs: 0, most: 1 })).toEqual(['bad']);
    expect(await receiveBodies(fifo, { deadLetter, most: 1 })).toEqual(['good']);
    expect(await receiveBodies(deadLetter.queue)).toEqual(['bad']);
  });

  it('moves messages to another queue or back to where they came from', async () => {
    await bench.messages.send(dead, [
      newMessage('known', { deadLetterSource: 'arn:standard' }),
      newMessage('unknown', { deadLetterSource: 'arn:gone' }),
      newMessage('more', { deadLetterSource: 'arn:standard' }),
    ]);
    const sources = { 'arn:standard': standard };
    const newMessageId = () => 'new';
    expect(await bench.messages.move(dead, { sources, most: 1, newMessageId })).toEqual({ moved: 1, homeless: 0 });
    expect(await bench.messages.move(dead, { sources, most: 9, newMessageId })).toEqual({ moved: 1, homeless: 1 });
    const [moved, ...rest] = await receive(standard);
    expect(moved).toMatchObject({ body: 'known', messageId: 'new', receiveCount: 1 });
    expect(moved?.deadLetterSource).toBeUndefined();
    expect(bodies(rest)).toEqual(['more']);
    expect(await bench.messages.move(dead, { to: standard, sources: {}, most: 9, newMessageId })).toMatchObject({
      moved: 1,
    });
    expect(await receiveBodies(standard)).toEqual(['unknown']);
  });
}
