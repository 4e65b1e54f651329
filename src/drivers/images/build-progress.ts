// Turns what mmdebstrap, apt and dpkg print into steps and fractions. The shares of the phases are measured.

import { stepMarker } from './build-script.ts';
import type { ImageBuildProgress } from './images.ts';

interface Phase {
  readonly starts: RegExp;
  readonly step: string;
  /** Where the phase begins, from 0 to 1; it ends where the next begins. */
  readonly from: number;
}

const phases: readonly Phase[] = [
  { starts: /running apt-get update|running --setup-hook/, step: 'reading the package lists', from: 0.01 },
  { starts: /downloading packages with apt/, step: 'downloading the base system', from: 0.06 },
  { starts: /extracting archives/, step: 'extracting the base system', from: 0.1 },
  { starts: /installing essential packages/, step: 'installing the base system', from: 0.2 },
  { starts: /installing remaining packages/, step: 'downloading packages', from: 0.35 },
  { starts: /running --customize-hook/, step: 'setting up the guest', from: 0.9 },
  { starts: /cleaning package lists/, step: 'cleaning up', from: 0.93 },
  { starts: /writing the file system/, step: 'writing the file system', from: 0.94 },
  { starts: /syncing/, step: 'syncing to disk', from: 0.97 },
];

export interface BuildState {
  readonly phase: number;
  /** Packages that the phase installs, and what has been done of them: got, unpacked, set up. */
  readonly packages: number;
  readonly acts: number;
  readonly step: string;
  readonly fraction: number;
}

export const startOfBuild: BuildState = { phase: -1, packages: 0, acts: 0, step: 'preparing', fraction: 0 };

/** The state after one more line of output; the same object when the line says nothing. */
export function advanceBuild(state: BuildState, line: string): BuildState {
  const announced = line.startsWith('I: ') || line.startsWith(stepMarker);
  const next = announced ? phases.findIndex((phase, index) => index > state.phase && phase.starts.test(line)) : -1;
  if (next !== -1) {
    const { step, from } = phases[next] as Phase;
    return { phase: next, packages: 0, acts: 0, step, fraction: Math.max(state.fraction, from) };
  }
  const counted = /^\d+ upgraded, (\d+) newly installed/.exec(line)?.[1];
  if (counted !== undefined) return { ...state, packages: Number(counted), acts: 0 };
  const act = /^(Get:\d+|Unpacking|Setting up) (\S+)/.exec(line);
  if (act === null || state.packages === 0) return state;
  return withAct(state, act[1] ?? '', act[2] ?? '');
}

export function progressOf(name: string, state: BuildState): ImageBuildProgress {
  return { name, step: state.step, fraction: state.fraction };
}

function withAct(state: BuildState, verb: string, subject: string): BuildState {
  const acts = state.acts + 1;
  const from = phases[state.phase]?.from ?? 0;
  const to = phases[state.phase + 1]?.from ?? 1;
  const within = Math.min(1, acts / (3 * state.packages));
  // apt numbers what it gets ("Get:7 http://… bookworm/main amd64 libc6"), so its subject is no package.
  const step = verb.startsWith('Get') ? state.step : `installing ${subject.split(':')[0]}`;
  return { ...state, acts, step, fraction: Math.max(state.fraction, from + (to - from) * within) };
}
