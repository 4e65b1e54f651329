// What commands are told on the command line, as commander hands it over.

import type { Flags } from '../config.ts';

export interface CloudFlags {
  readonly dataDir?: string | undefined;
}

export interface StartFlags extends Flags {
  readonly detach?: boolean;
  /** Set for the process in the background: where its output goes. */
  readonly logPath?: string;
}

export interface StopFlags extends CloudFlags {
  readonly all?: boolean;
  readonly json?: boolean;
}

export interface LogsFlags extends CloudFlags {
  readonly follow?: boolean;
  /** A number, or `all`. */
  readonly lines: string;
}

export interface DoctorFlags extends CloudFlags {
  readonly json?: boolean;
}

export interface SshFlags extends CloudFlags {
  readonly identity?: string;
  readonly user?: string;
  readonly region?: string;
  readonly account?: string;
}

export interface TourFlags extends CloudFlags {
  readonly keep?: boolean;
  readonly json?: boolean;
}

export interface ExplainFlags extends CloudFlags {
  readonly list?: boolean;
  readonly json?: boolean;
}

export interface PolicyFromLogFlags extends CloudFlags {
  readonly principal?: string;
  readonly since?: string;
  readonly exact?: boolean;
}
