// The engine of messages as the cloud uses it: on an LMDB environment of its own.

import type { Clock } from '../../kernel/clock.ts';
import { createMessages } from './engine.ts';
import { openLmdbStorage } from './lmdb-storage.ts';
import type { Messages } from './messages.ts';

export interface LmdbMessagesOptions {
  readonly directory: string;
  readonly durability: 'strict' | 'relaxed';
  readonly clock: Clock;
}

export function openLmdbMessages({ clock, ...storage }: LmdbMessagesOptions): Messages {
  return createMessages({ storage: openLmdbStorage(storage), clock });
}
