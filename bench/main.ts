// `npm run bench` runs every benchmark; `npm run bench -- describe` those whose name contains a word. What follows the
// word is the benchmark's own: `npm run bench -- growth full`.

import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Benchmark, printFinding } from './report.ts';

const folder = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv[2] ?? '';
const all = readdirSync(folder)
  .filter((name) => name.endsWith('.bench.ts'))
  .sort();
const chosen = all.filter((name) => name.includes(wanted));
if (chosen.length === 0) {
  const names = all.map((name) => name.replace('.bench.ts', ''));
  process.stderr.write(`no benchmark has '${wanted}' in its name; there are ${names.join(', ')}\n`);
  process.exitCode = 2;
}

for (const file of chosen) {
  const { benchmark } = (await import(pathToFileURL(join(folder, file)).href)) as { benchmark: Benchmark };
  const reason = benchmark.skip?.();
  process.stdout.write(`${benchmark.name}${reason ? `: skipped, because ${reason}` : ''}\n`);
  if (reason) continue;
  for await (const finding of await benchmark.run(process.argv.slice(3))) printFinding(finding);
}
