// Where log lines go: standard error, in one write per turn of the event loop, because under load a write for every
// line would cost more than the requests that the lines are about.

import type { LogSink } from '../kernel/log.ts';

export function createLogSink(format: LogSink['format']): LogSink {
  let pending = '';
  const flush = () => {
    const text = pending;
    pending = '';
    if (text !== '') process.stderr.write(text);
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
  };
}
