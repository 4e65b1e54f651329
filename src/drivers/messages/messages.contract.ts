// What every engine of messages must do; run by the tests of each.

import { describe, expect, it } from 'vitest';
import type { SimulatedClock } from '../../kernel/simulated-clock.ts';
import {
  bodies,
  dayMs,
  fifo,
  newMessage,
  type OpenedMessages,
  request,
  setUpBench,
  standard,
  startMs,
} from './bench.testing.ts';
import { describeDeadLetters } from './dead-letters.contract.ts';
import { describeLongPolls } from './long-polls.contract.ts';
import type { ReceivedMessage } from './messages.ts';

export function describeMessages(name: string, open: (clock: SimulatedClock) => OpenedMessages): void {
  describe(name, () => {
    const bench = setUpBench(open);
    const { pass, send, sendGroup, receive, receiveBodies, count } = bench;

    it('hands out what was sent, once, in order, and forgets what is removed', async () => {
      const sent = await send(standard, 'one', 'two', 'three');
      expect(sent.map(({ position }) => position)).toEqual([...sent.map(({ position }) => position)].sort());
      const received = await receive(standard, { most: 2 });
      expect(received).toMatchObject([
        { body: 'one', receiveCount: 1, sentAtMs: startMs, firstReceivedAtMs: startMs },
        { body: 'two' },
      ]);
      expect(await count(standard)).toEqual({ visible: 1, inFlight: 2, delayed: 0 });
      expect(await bench.messages.remove(standard, received)).toEqual(['removed', 'removed']);
      expect(await bench.messages.remove(standard, received)).toEqual(['gone', 'gone']);
      expect(await receiveBodies(standard)).toEqual(['three']);
      expect(await receiveBodies(standard)).toEqual([]);
      expect(await count(standard)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    });

    it('keeps every member of a message', async () => {
      const full = newMessage('body', {
        attributes: {
          text: { dataType: 'String', value: 'a' },
          bytes: { dataType: 'Binary', value: Buffer.from([0, 255]) },
        },
        traceHeader: 'Root=1',
        group: 'g',
        deduplicationId: 'd',
      });
      await bench.messages.send(standard, [full]);
      const [received] = await receive(standard);
      const { delayMs: _, ...content } = full;
      expect(received).toMatchObject({ ...content, attributes: { text: { value: 'a' } } });
      expect(Buffer.from(received?.attributes?.['bytes']?.value as Uint8Array)).toEqual(Buffer.from([0, 255]));
    });

    it('shows a message again when its time is over, with a higher count', async () => {
      await send(standard, 'a', 'b');
      const [first] = (await receive(standard, { most: 1, visibilityMs: 5_000 })) as [ReceivedMessage];
      pass(4_999);
      expect(await receiveBodies(standard, { visibilityMs: 60_000 })).toEqual(['b']);
      pass(1);
      const [again] = await receive(standard);
      expect(again).toMatchObject({ body: 'a', receiveCount: 2, firstReceivedAtMs: startMs });
      // An old receipt still removes the message of a standard queue.
      expect(await bench.messages.remove(standard, [first])).toEqual(['removed']);
      pass(dayMs / 2);
      expect(await receiveBodies(standard)).toEqual(['b']);
    });

    it('does not hand out a message twice in one answer when it is not hidden', async () => {
      await send(standard, 'a');
      expect(await receiveBodies(standard, { visibilityMs: 0 })).toEqual(['a']);
      expect(await count(standard)).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
      expect(await receive(standard)).toMatchObject([{ receiveCount: 2 }]);
    });

    it('changes how long a message is hidden, within twelve hours of its receipt', async () => {
      await send(standard, 'a');
      const [receipt] = (await receive(standard)) as [ReceivedMessage];
      const change = (visibilityMs: number) => bench.messages.changeVisibility(standard, [{ receipt, visibilityMs }]);
      pass(10_000);
      expect(await change(12 * 3600_000)).toEqual(['beyond-limit']);
      expect(await change(60_000)).toEqual(['changed']);
      pass(59_999);
      expect(await receiveBodies(standard)).toEqual([]);
      expect(await change(0)).toEqual(['changed']);
      expect(await count(standard)).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
      expect(await change(5)).toEqual(['visible']);
      await bench.messages.remove(standard, [receipt]);
      expect(await change(5)).toEqual(['gone']);
    });

    it('delays messages', async () => {
      await bench.messages.send(standard, [newMessage('late', { delayMs: 5_000 }), newMessage('now')]);
      expect(await count(standard)).toEqual({ visible: 1, inFlight: 0, delayed: 1 });
      expect(await receiveBodies(standard)).toEqual(['now']);
      pass(5_000);
      expect(await count(standard)).toEqual({ visible: 1, inFlight: 1, delayed: 0 });
      expect(await receive(standard)).toMatchObject([{ body: 'late', receiveCount: 1 }]);
    });

    it('holds a group back while one of its messages is out', async () => {
      await sendGroup('g', 'g1', 'g2', 'g3');
      await sendGroup('h', 'h1');
      const first = await receive(fifo, { most: 2 });
      expect(bodies(first)).toEqual(['g1', 'g2']);
      expect(await receiveBodies(fifo)).toEqual(['h1']);
      expect(await receiveBodies(fifo)).toEqual([]);
      await bench.messages.remove(fifo, first.slice(0, 1));
      expect(await receiveBodies(fifo)).toEqual([]);
      pass(30_000);
      expect(await receiveBodies(fifo)).toEqual(['g2', 'g3', 'h1']);
      expect(await bench.messages.remove(fifo, first)).toEqual(['gone', 'stale']);
    });

    it('hands out again what of a group stands before its first message that is out', async () => {
      await sendGroup('g', 'g1', 'g2', 'g3', 'g4');
      await sendGroup('h', 'h1');
      const out = await receive(fifo, { most: 3 });
      await bench.messages.changeVisibility(fifo, [{ receipt: out[2] as ReceivedMessage, visibilityMs: 60_000 }]);
      await bench.messages.changeVisibility(fifo, [{ receipt: out[0] as ReceivedMessage, visibilityMs: 0 }]);
      expect(await receiveBodies(fifo)).toEqual(['h1', 'g1']);
      pass(30_000);
      await bench.reopen();
      expect((await receiveBodies(fifo)).sort()).toEqual(['g1', 'g2', 'h1']);
      expect(await receiveBodies(fifo)).toEqual([]);
      expect(await bench.messages.remove(fifo, out)).toEqual(['stale', 'stale', 'removed']);
      pass(30_000);
      expect((await receiveBodies(fifo)).sort()).toEqual(['g1', 'g2', 'g4', 'h1']);
    });

    it('takes the id of a purged message for a new one', async () => {
      await sendGroup('g', 'same');
      await bench.messages.purge(fifo);
      await sendGroup('g', 'same');
      await sendGroup('g', 'same');
      expect(await receiveBodies(fifo)).toEqual(['same']);
    });

    it('keeps the order of a group when a message comes back, or is delayed longer than the next', async () => {
      await sendGroup('g', 'g1', 'g2');
      const out = await receive(fifo);
      await bench.messages.changeVisibility(fifo, [{ receipt: out[1] as ReceivedMessage, visibilityMs: 0 }]);
      expect(await receiveBodies(fifo)).toEqual([]);
      await bench.messages.changeVisibility(fifo, [{ receipt: out[0] as ReceivedMessage, visibilityMs: 0 }]);
      const again = await receive(fifo);
      expect(bodies(again)).toEqual(['g1', 'g2']);
      await bench.messages.remove(fifo, again);
      await bench.messages.send(fifo, [
        newMessage('slow', { group: 'd', delayMs: 10_000 }),
        newMessage('quick', { group: 'd' }),
      ]);
      expect(await receiveBodies(fifo)).toEqual([]);
      pass(10_000);
      expect(await receiveBodies(fifo)).toEqual(['slow', 'quick']);
    });

    it('accepts a duplicate within five minutes, but does not keep it', async () => {
      const [first] = await sendGroup('g', 'same');
      pass(299_999);
      expect(await sendGroup('g', 'same')).toEqual([first]);
      const [receipt] = (await receive(fifo)) as [ReceivedMessage];
      await bench.messages.remove(fifo, [receipt]);
      expect(await sendGroup('g', 'same')).toEqual([first]);
      expect(await receiveBodies(fifo)).toEqual([]);
      pass(1);
      expect(await sendGroup('g', 'same')).not.toEqual([first]);
      expect(await receiveBodies(fifo)).toEqual(['same']);
    });

    it('answers the same attempt with the same messages, while nothing happened to them', async () => {
      await sendGroup('g', 'g1', 'g2');
      const first = await receive(fifo, { attemptId: 'try' });
      pass(20_000);
      expect(await receive(fifo, { attemptId: 'try' })).toEqual(first);
      expect(await receive(fifo, { attemptId: 'other' })).toEqual([]);
      pass(29_999);
      expect(await receive(fifo)).toEqual([]);
      await bench.messages.remove(fifo, first.slice(0, 1));
      expect(await receive(fifo, { attemptId: 'try' })).toEqual([]);
    });

    it('lets groups with few messages out go before one with many, in a standard queue', async () => {
      const sendOf = (group: string, count: number) =>
        bench.messages.send(
          standard,
          Array.from({ length: count }, (_, i) => newMessage(`${group}${i}`, { group })),
        );
      await sendOf('noisy', 25);
      await sendOf('quiet', 2);
      await send(standard, 'alone');
      const first = await receive(standard);
      expect(bodies(first)).toEqual(Array.from({ length: 10 }, (_, i) => `noisy${i}`));
      await bench.reopen();
      expect(await receiveBodies(standard, { most: 4 })).toEqual(['quiet0', 'quiet1', 'alone', 'noisy10']);
      await sendOf('quiet', 1);
      expect(await receiveBodies(standard, { most: 2 })).toEqual(['quiet0', 'noisy11']);
      await bench.messages.remove(standard, first);
      await sendOf('quiet', 1);
      expect(await receiveBodies(standard, { most: 2 })).toEqual(['noisy12', 'noisy13']);
      expect(await count(standard)).toEqual({ visible: 12, inFlight: 8, delayed: 0 });
    });

    it('does not take messages of a group for out that went while it gave way', async () => {
      const sendOf = (group: string, count: number) =>
        bench.messages.send(
          standard,
          Array.from({ length: count }, (_, i) => newMessage(`${group}${i}`, { group })),
        );
      await sendOf('noisy', 20);
      const early = await receive(standard, { visibilityMs: 1000 });
      pass(1000);
      await receive(standard); // again, so that the group is noisy, and the others are set aside
      await sendOf('quiet', 2);
      expect(await receiveBodies(standard, { most: 1 })).toEqual(['quiet0']);
      await bench.messages.remove(standard, early);
      pass(30_000);
      await bench.messages.expire(standard, 30_000);
      await bench.messages.remove(standard, await receive(standard));
      expect(await count(standard)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
      await sendOf('noisy', 2);
      await sendOf('quiet', 1);
      expect(await receiveBodies(standard, { most: 2 })).toEqual(['noisy0', 'noisy1']);
    });

    it('refuses to have more in flight than it may', async () => {
      await send(standard, 'a', 'b', 'c');
      expect(await receiveBodies(standard, { mostInFlight: 2 })).toEqual(['a', 'b']);
      expect(await bench.messages.receive(standard, { ...request, mostInFlight: 2 })).toEqual({
        messages: [],
        isOverLimit: true,
      });
    });

    it('purges what is there, and nothing that comes later', async () => {
      await send(standard, 'a', 'b', 'c');
      const [out] = (await receive(standard, { most: 1 })) as [ReceivedMessage];
      await bench.messages.purge(standard);
      expect(await count(standard)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
      await send(standard, 'd');
      pass(60_000);
      expect(await bench.messages.remove(standard, [out])).toEqual(['gone']);
      expect(await receiveBodies(standard)).toEqual(['d']);
      await bench.messages.expire(standard, dayMs);
      expect(bodies(await bench.messages.peek(standard, 10))).toEqual(['d']);
    });

    it('expires what is too old, received or not', async () => {
      await send(standard, 'old', 'out');
      await receive(standard, { most: 1, visibilityMs: 1000 });
      pass(60_000);
      await send(standard, 'new');
      expect(await bench.messages.expire(standard, 60_001)).toBe(startMs);
      pass(1);
      expect(await receiveBodies(standard, { retentionMs: 60_000, visibilityMs: 0 })).toEqual(['new']);
      expect(await bench.messages.expire(standard, 60_000)).toBe(startMs + 60_000);
      expect(await count(standard)).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
      await sendGroup('g', 'x');
      pass(60_001);
      expect(await bench.messages.expire(fifo, 60_000)).toBeUndefined();
      expect(await receiveBodies(fifo)).toEqual([]);
    });

    it('shows messages without receiving them, lists queues, and clears one', async () => {
      await send(standard, 'a', 'b');
      await receive(standard, { most: 1 });
      await sendGroup('g', 'x');
      expect(await bench.messages.peek(standard, 10)).toMatchObject([
        { body: 'a', isVisible: false, receiveCount: 1 },
        { body: 'b', isVisible: true, receiveCount: 0 },
      ]);
      expect(await bench.messages.queues()).toEqual(['fifo', 'standard']);
      await bench.messages.clear('standard');
      expect(await bench.messages.queues()).toEqual(['fifo']);
      expect(await bench.messages.peek(standard, 10)).toEqual([]);
      expect(await receiveBodies(fifo)).toEqual(['x']);
    });

    it('knows everything again in a new process', async () => {
      await send(standard, ...Array.from({ length: 2500 }, (_, i) => `m${i}`));
      await bench.messages.send(standard, [newMessage('late', { delayMs: 5_000 })]);
      const out = await receive(standard, { visibilityMs: 10_000 });
      await bench.messages.remove(standard, out.slice(0, 4));
      const [first] = await sendGroup('g', 'g1', 'g2');
      await receive(fifo, { most: 1, attemptId: 'try' });
      if (!(await bench.reopen())) return;
      expect(await count(standard)).toEqual({ visible: 2490, inFlight: 6, delayed: 1 });
      expect(await sendGroup('g', 'g1')).toEqual([first]);
      expect(await receiveBodies(fifo)).toEqual([]);
      expect(await receiveBodies(fifo, { attemptId: 'try' })).toEqual(['g1']);
      await send(standard, 'last');
      const seen: string[] = [];
      for (;;) {
        const some = await receiveBodies(standard, { visibilityMs: 3600_000 });
        if (some.length === 0) break;
        seen.push(...some);
      }
      expect(seen).toEqual([...Array.from({ length: 2490 }, (_, i) => `m${i + 10}`), 'last']);
      pass(10_000);
      expect(await receiveBodies(standard)).toEqual(['late', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9']);
    });

    describeDeadLetters(bench);
    describeLongPolls(bench);
  });
}
