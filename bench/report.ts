// How a benchmark says what it found: a figure, its peer's figure from the same run, their ratio, and the target.

export interface Finding {
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer?: { readonly name: string; readonly figure: number };
  /** What the ratio to the peer, or the figure itself, should be: `>= 0.5 x`, `<= 300 ms`. */
  readonly target: string;
}

export interface Benchmark {
  readonly name: string;
  /** Why it cannot run here; undefined when it can. */
  readonly skip?: () => string | undefined;
  run(): Promise<readonly Finding[]>;
}

export function printFinding({ what, unit, ours, peer, target }: Finding): void {
  const against = peer ? `  ${peer.name} ${format(peer.figure)} ${unit}  ratio ${(ours / peer.figure).toFixed(2)}` : '';
  process.stdout.write(`  ${what}: ${format(ours)} ${unit}${against}  (target ${target})\n`);
}

function format(figure: number): string {
  return figure >= 1000 ? Math.round(figure).toLocaleString('en') : figure.toPrecision(3);
}

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
