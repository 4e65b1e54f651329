// `npm run simulate -- --seed N` replays one seed with its history; `--seeds N` runs many and stops at the first failure.

import { parseArgs } from 'node:util';
import { type Outcome, simulate } from './simulation.ts';
import { type Weather, weathers } from './weather.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    weather: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});

const chosen: readonly Weather[] = values.weather ? weathers.filter(({ name }) => name === values.weather) : weathers;
if (chosen.length === 0) throw new Error(`--weather must be one of ${weathers.map(({ name }) => name).join(', ')}`);

const first = Number(values.seed ?? values.from);
const last = values.seed ? first : first + Number(values.seeds) - 1;
const startedMs = performance.now();
for (let seed = first; seed <= last; seed++) {
  for (const weather of chosen) {
    const outcome = await simulate(seed, weather);
    if (outcome.error) report(outcome);
    if (values.seed && values.verbose) process.stdout.write(`${outcome.history.join('\n')}\n`);
  }
  if (seed % 100 === 0)
    process.stdout.write(`${seed - first + 1} seeds, ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
}
const count = (last - first + 1) * chosen.length;
process.stdout.write(`${count} lives, no contradiction, ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);

function report({ seed, weather, error, history }: Outcome): never {
  process.stdout.write(`${history.slice(-200).join('\n')}\n\n`);
  process.stdout.write(`seed ${seed}, ${weather}: ${error?.stack}\n`);
  process.stdout.write(`Replay: npm run simulate -- --seed ${seed} --weather ${weather}\n`);
  process.exit(1);
}
