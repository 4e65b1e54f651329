import { describe, expect, it } from 'vitest';
import { createLanes } from './lanes.ts';

describe('lanes', () => {
  it('run one key in order, also after a failure, and others meanwhile', async () => {
    const lanes = createLanes();
    const log: string[] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const first = lanes.run('a', async () => {
      await gate;
      log.push('a1');
      throw new Error('a1 failed');
    });
    const second = lanes.run('a', async () => log.push('a2'));
    await lanes.run('b', async () => log.push('b'));
    open();
    await expect(first).rejects.toThrow('a1 failed');
    await second;
    await lanes.settled();
    expect(log).toEqual(['b', 'a1', 'a2']);
  });
});
