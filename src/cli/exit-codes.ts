// What a command's exit code means, and the errors that carry one. An error of any other kind is a bug or the world's
// fault; its message is printed all the same.

export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  notRunning: 3,
  taken: 4,
} as const;

export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

export const exitCodesHelp = `
Exit codes:
  0  it worked
  1  it failed; standard error says why
  2  the command line was not understood
  3  no cloud is running there
  4  the port or the data directory is taken by another cloud`;
