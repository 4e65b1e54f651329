import { describe, expect, it } from 'vitest';
import { silentLog } from './log.ts';
import { seededRandom } from './random.ts';
import type { Reconciler } from './reconciler.ts';
import { createReconcilerRunner } from './reconciler-runner.ts';
import { createSimulatedClock } from './simulated-clock.ts';

function setUp(
  reconciler: Partial<Reconciler> & Pick<Reconciler, 'reconcile'>,
  { sweepEveryMs = 0, flushed = () => Promise.resolve() } = {},
) {
  const clock = createSimulatedClock(0);
  const runner = createReconcilerRunner({
    reconcilers: [{ name: 'test', keys: () => [], wakes: () => [], ...reconciler }],
    clock,
    random: seededRandom(1),
    log: silentLog,
    sweepEveryMs,
    flushed,
  });
  return { clock, runner };
}

/** Lets every promise that can go on do so. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('the reconciler runner', () => {
  it('runs one key once at a time, and once more when it was woken meanwhile', async () => {
    let running = 0;
    let most = 0;
    const ends: (() => void)[] = [];
    const { runner } = setUp({
      async reconcile() {
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => ends.push(resolve));
        running -= 1;
        return undefined;
      },
    });
    for (let i = 0; i < 5; i++) runner.wake('test', 'a');
    await rest();
    expect(ends).toHaveLength(1);
    for (let i = 0; i < 5; i++) runner.wake('test', 'a');
    ends[0]?.();
    await rest();
    expect(ends).toHaveLength(2);
    ends[1]?.();
    await runner.settle();
    expect([ends.length, most, runner.activities()]).toEqual([2, 1, []]);
  });

  it('backs off per key, tells the last error, and forgets it after a success', async () => {
    let attempts = 0;
    const { clock, runner } = setUp({
      reconcile() {
        attempts += 1;
        return attempts < 4 ? Promise.reject(new Error(`attempt ${attempts}`)) : Promise.resolve(undefined);
      },
    });
    runner.wake('test', 'a');
    await rest();
    expect(runner.activities()).toMatchObject([{ key: 'a', state: 'waiting', failures: 1, lastError: 'attempt 1' }]);
    const gaps: number[] = [];
    for (let before = clock.now(); clock.step(); before = clock.now()) {
      gaps.push(clock.now() - before);
      await rest();
    }
    expect(attempts).toBe(4);
    expect(gaps.every((gap, i) => gap > 100 * 2 ** i && gap <= 200 * 2 ** i)).toBe(true);
    expect(runner.activities()).toEqual([]);
  });

  it('looks again after the time that a reconciliation asks for', async () => {
    const at: number[] = [];
    const { clock, runner } = setUp({
      reconcile() {
        at.push(clock.now());
        return Promise.resolve(at.length < 3 ? 500 : undefined);
      },
    });
    runner.wake('test', 'a');
    await rest();
    while (clock.step()) await rest();
    expect(at).toEqual([0, 500, 1000]);
  });

  it('sweeps all keys at start and every so often, but leaves back-off alone', async () => {
    const seen: string[] = [];
    const { clock, runner } = setUp(
      {
        keys: () => ['good', 'bad'],
        reconcile(key) {
          seen.push(key);
          return key === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve(undefined);
        },
      },
      { sweepEveryMs: 10 },
    );
    await runner.start();
    await rest();
    expect(seen).toEqual(['good', 'bad']);
    clock.step();
    await rest();
    expect(seen).toEqual(['good', 'bad', 'good']);
    await runner.stop();
    expect(clock.step()).toBe(false);
  });

  it('acts on nothing that a crash could take back', async () => {
    let isFlushed = () => {};
    const seen: string[] = [];
    const { runner } = setUp(
      { reconcile: (key) => Promise.resolve(void seen.push(key)) },
      {
        flushed: () =>
          new Promise((resolve) => {
            isFlushed = resolve;
          }),
      },
    );
    runner.wake('test', 'a');
    await rest();
    expect(seen).toEqual([]);
    isFlushed();
    await runner.settle();
    expect(seen).toEqual(['a']);
  });

  it('waits for running work when it stops, and starts no more', async () => {
    let end = () => {};
    const { runner } = setUp({
      reconcile: () =>
        new Promise((resolve) => {
          end = () => resolve(undefined);
        }),
    });
    runner.wake('test', 'a');
    let stopped = false;
    const stopping = runner.stop().then(() => {
      stopped = true;
    });
    await rest();
    expect(stopped).toBe(false);
    end();
    await stopping;
    runner.wake('test', 'b');
    expect(runner.activities()).toEqual([]);
  });
});
