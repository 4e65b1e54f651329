// The order of a fault plan's calls around an effect, and what a stage calls a violation.

import { describe, expect, it } from 'vitest';
import { act, createStage, type FaultPlan, noFaults } from './fault.ts';

describe('act', () => {
  it('lets the plan fail an act before and after its effect', async () => {
    const happened: string[] = [];
    const failing = (moment: 'before' | 'after'): FaultPlan => ({
      ...noFaults,
      [moment]: async (name: string) => {
        throw new Error(`${moment} ${name}`);
      },
    });
    await expect(act(failing('before'), 'a', () => happened.push('a'))).rejects.toThrow('before a');
    await expect(act(failing('after'), 'b', () => happened.push('b'))).rejects.toThrow('after b');
    expect(happened).toEqual(['b']);
  });
});

describe('a stage', () => {
  it('writes down overlapping changes of one thing, and only those', async () => {
    const stage = createStage('disks', noFaults);
    const later = deferred();
    const first = stage.change('ensureAttached', 'vol-1', () => later.promise);
    await stage.change('ensureAttached', 'vol-2', () => undefined);
    await stage.look('list', () => []);
    expect(stage.violations).toEqual([]);
    await expect(stage.change('ensureAbsent', 'vol-1', () => undefined)).rejects.toThrow();
    later.resolve(undefined);
    await first;
    await stage.change('ensureAbsent', 'vol-1', () => undefined);
    expect(stage.violations).toEqual(['disks: ensureAbsent of vol-1 during ensureAttached']);
  });

  it('lets a new caller act where a dead one left off', async () => {
    const stage = createStage('disks', noFaults);
    const later = deferred();
    const first = stage.change('ensureVolume', 'vol-1', () => later.promise);
    stage.abandon();
    const second = stage.change('ensureVolume', 'vol-1', () => later.promise);
    later.resolve(undefined);
    await Promise.all([first, second]);
    expect(stage.violations).toEqual([]);
  });
});

// Promise.withResolvers is not in Node 20.
function deferred() {
  let resolve: (value: unknown) => void = () => undefined;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
