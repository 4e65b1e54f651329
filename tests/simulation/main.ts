// `npm run simulate -- --seed N` replays one seed with its history; `--seeds N` runs many and stops at the first failure.

import { parseArgs } from 'node:util';
import { type Outcome, simulate } from './simulation.ts';
import { type Weather, weathers } from './weather.ts';

const usage = `Usage: npm run simulate -- [options]

  --seed N         replays one seed; with --verbose it shows the whole history
  --seeds N        runs so many seeds (100)
  --from N         from this one on (1)
  --weather NAME   ${weathers.map(({ name }) => name).join(', ')}; all of them unless one is named
  --verbose        see --seed
  --help
`;

function refuse(reason: string): never {
  process.stderr.write(`${reason}\n\n${usage}`);
  process.exit(2);
}

function readFlags() {
  try {
    return parseArgs({
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string', default: '100' },
        from: { type: 'string', default: '1' },
        weather: { type: 'string' },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
    refuse(`--${flag} takes a whole number from ${least} on, not '${text}'`);
  return value;
}

const values = readFlags();
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const chosen: readonly Weather[] = values.weather ? weathers.filter(({ name }) => name === values.weather) : weathers;
if (chosen.length === 0) refuse(`there is no weather '${values.weather}'`);

const first = values.seed === undefined ? wholeNumber('from', values.from, 0) : wholeNumber('seed', values.seed, 0);
const last = values.seed === undefined ? first + wholeNumber('seeds', values.seeds, 1) - 1 : first;
const startedMs = performance.now();
for (let seed = first; seed <= last; seed++) {
  for (const weather of chosen) {
    const outcome = await simulate(seed, weather);
    if (outcome.error) report(outcome);
    if (values.seed !== undefined && values.verbose) process.stdout.write(`${outcome.history.join('\n')}\n`);
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
