// How a benchmark says what it found: a figure, its peers' figures from the same run, their ratios, and the target.

export interface Finding {
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly peers?: readonly { readonly name: string; readonly figure: number }[];
  /** What the ratio to the peer, or the figure itself, should be: `>= 0.5 x`, `<= 300 ms`. */
  readonly target: string;
  /** Where the benchmark can tell. */
  readonly isMet?: boolean;
}

export interface Benchmark {
  readonly name: string;
  /** Why it cannot run here; undefined when it can. */
  readonly skip?: () => string | undefined;
  /** `words` are what the command line says besides the benchmark's name. */
  run(words: readonly string[]): Promise<readonly Finding[]> | AsyncIterable<Finding>;
}

export function printFinding({ what, unit, ours, peers = [], target, isMet }: Finding): void {
  const against = peers.map(({ name, figure }) => `; ${name} ${format(figure)}, ratio ${format(ours / figure)}`);
  const verdict = isMet === undefined ? '' : isMet ? ': met' : ': MISSED';
  process.stdout.write(`  ${what}: ${format(ours)} ${unit}${against.join('')}  (target ${target}${verdict})\n`);
}

function format(figure: number): string {
  return figure >= 1000 ? Math.round(figure).toLocaleString('en') : figure.toPrecision(3);
}

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
