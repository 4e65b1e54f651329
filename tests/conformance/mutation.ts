// What a way to spoil a request is, and the little that all of them need.

import type { WireMessage } from './encode-request.ts';
import type { Chance } from './valid-input.ts';

/** A function of the request and of chance alone, so that a seed replays it. */
export type Mutation = (message: WireMessage, chance: Chance) => WireMessage;

export const pick = <T>(from: readonly T[], chance: Chance): T => from[Math.floor(chance() * from.length)] as T;

export const below = (limit: number, chance: Chance): number => Math.floor(chance() * limit);
