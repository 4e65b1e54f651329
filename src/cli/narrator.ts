// Tells a story in steps: what happens, the command that does it by hand, and how long it really took.

import { systemClock } from '../kernel/clock.ts';
import { colors, formatDuration, note } from './output.ts';

export interface ToldStep {
  readonly title: string;
  readonly durationMs: number;
  readonly outcome: string;
}

export interface Narrator {
  /** Runs one step, which may tell how far it is; `outcome` of what it returns is shown behind the time that it took. */
  step<T>(
    title: string,
    command: string,
    act: (tell: (progress: string) => void) => Promise<T>,
    outcome?: (result: T) => string,
  ): Promise<T>;
  say(text: string): void;
  readonly steps: readonly ToldStep[];
}

const spinnerFrames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

export function createNarrator({ silent }: { readonly silent: boolean }): Narrator {
  const steps: ToldStep[] = [];
  const write = (text: string) => void (silent || note(text));

  return {
    steps,
    say: write,
    async step(title, command, act, outcome = () => '') {
      write(`\n${colors.bold(`${steps.length + 1}. ${title}`)}\n   ${colors.dim(`$ ${command}`)}`);
      const startedMs = systemClock.monotonicMs();
      let progress = '';
      const endSpinner = silent ? () => undefined : startSpinner(startedMs, () => progress);
      try {
        const result = await act((text) => {
          progress = text;
        });
        const durationMs = systemClock.monotonicMs() - startedMs;
        endSpinner();
        const text = outcome(result);
        steps.push({ title, durationMs: Math.round(durationMs), outcome: text });
        write(`   ${colors.green('✓')} ${colors.green(formatDuration(durationMs))}${text === '' ? '' : `  ${text}`}`);
        return result;
      } catch (error) {
        endSpinner();
        write(`   ${colors.red('✗')} ${colors.red(formatDuration(systemClock.monotonicMs() - startedMs))}`);
        throw error;
      }
    },
  };
}

/** On terminals only. Returns how to end it. */
function startSpinner(startedMs: number, progress: () => string): () => void {
  if (!process.stderr.isTTY) return () => undefined;
  let frame = 0;
  const timer = setInterval(() => {
    const passed = formatDuration(systemClock.monotonicMs() - startedMs);
    const mark = colors.cyan(spinnerFrames[frame++ % spinnerFrames.length] ?? '');
    process.stderr.write(`\r\x1b[2K   ${mark} ${colors.dim(`${passed}  ${progress()}`)}`);
  }, 80);
  return () => {
    clearInterval(timer);
    process.stderr.write('\r\x1b[2K');
  };
}
