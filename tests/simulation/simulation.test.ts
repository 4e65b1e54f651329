// The whole control plane on fakes, from seeds. A failure prints the seed, and the last of what happened.

import { describe, expect, it } from 'vitest';
import { simulate } from './simulation.ts';
import { weathers } from './weather.ts';

const seeds = 100;

describe.each(weathers)('the control plane in $name', (weather) => {
  it(`keeps its promises over ${seeds} seeds`, { timeout: 300_000 }, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const { error, history } = await simulate(seed, weather);
      if (error) throw new Error(`seed ${seed}: ${error.message}\n${history.slice(-60).join('\n')}`, { cause: error });
    }
  });

  it('is the same life again from the same seed', async () => {
    const [first, second] = [await simulate(7, weather), await simulate(7, weather)];
    expect(second.history).toEqual(first.history);
  });
});
