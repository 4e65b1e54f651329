// Where log lines go: standard error, in one write per turn of the event loop, because under load a write for every
// line would cost more than the requests that the lines are about. On a terminal, a status line may stand below them.

import type { LogSink } from '../kernel/log.ts';

export interface StatusSink extends LogSink {
  /** Shows a line below the log, on terminals only; undefined takes it away. */
  setStatus(text: string | undefined): void;
}

const clearLine = '\r\x1b[2K';

export function createLogSink(format: LogSink['format']): StatusSink {
  let pending = '';
  let status = '';
  const flush = () => {
    const text = pending;
    pending = '';
    if (text !== '') process.stderr.write(status === '' ? text : clearLine + text + status);
  };
  // Whoever read the log may go away; that is no reason to end the cloud.
  process.stderr.on('error', () => undefined);
  process.on('exit', flush);
  return {
    format,
    write(line) {
      if (pending === '') setImmediate(flush);
      pending += `${line}\n`;
    },
    setStatus(text = '') {
      if (!process.stderr.isTTY) return;
      flush();
      // A longer line would wrap, and a wrapped one cannot be taken back.
      status = text.slice(0, process.stderr.columns - 1);
      process.stderr.write(clearLine + status);
    },
  };
}
