// Waiting for messages: a part of what every engine of messages must do.

import { expect, it } from 'vitest';
import { type Bench, bodies, dead, request, standard } from './bench.testing.ts';
import type { ReceivedMessage, ReceiveRequest, SentMessage } from './messages.ts';

export function describeLongPolls(bench: Bench): void {
  const { pass, send, receive, count } = bench;

  it('ends a wait when a message comes, becomes visible, or the client goes', async () => {
    const patience = (signal = new AbortController().signal) => ({ waitMs: 20_000, signal: () => signal });
    const wait = async (signal?: AbortSignal) =>
      bodies(
        (await bench.messages.receive(standard, { ...request, most: 1, visibilityMs: 1000 }, patience(signal)))
          .messages,
      );
    const first = wait();
    const second = wait();
    await send(standard, 'a');
    expect(await first).toEqual(['a']);
    await send(standard, 'b');
    expect(await second).toEqual(['b']);
    const third = wait();
    await count(standard);
    pass(1000);
    expect(await third).toEqual(['a']);
    await receive(standard);
    const gone = new AbortController();
    const fourth = wait(gone.signal);
    await count(standard);
    gone.abort();
    expect(await fourth).toEqual([]);
    const fifth = wait();
    await count(standard);
    await bench.messages.purge(standard);
    pass(20_000);
    expect(await fifth).toEqual([]);
  });

  it('asks anew when something comes for one who waits', async () => {
    const [poison] = (await send(standard, 'poison')) as [SentMessage];
    await receive(standard, { visibilityMs: 1000 });
    let asked: ReceiveRequest = { ...request, deadLetter: { queue: dead, maxReceiveCount: 1, source: 'arn:source' } };
    const waiting = bench.messages.receive(standard, asked, {
      waitMs: 20_000,
      signal: () => new AbortController().signal,
      renew: () => asked,
    });
    await count(standard);
    asked = request;
    pass(1000);
    expect((await waiting).messages).toMatchObject([{ body: 'poison', position: poison.position }]);
    expect(await bench.messages.peek(dead, 10)).toEqual([]);
  });

  it('does not spin while what is visible may not be handed out', async () => {
    await send(standard, 'a', 'b');
    const [out] = await receive(standard, { most: 1 });
    const signal = new AbortController().signal;
    const waiting = bench.messages.receive(
      standard,
      { ...request, mostInFlight: 1 },
      { waitMs: 20_000, signal: () => signal },
    );
    for (let i = 0; i < 20; i++) await count(standard);
    await bench.messages.remove(standard, [out as ReceivedMessage]);
    expect(bodies((await waiting).messages)).toEqual(['b']);
  });
}
