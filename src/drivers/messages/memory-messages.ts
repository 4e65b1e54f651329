// The engine of messages with nothing behind it, for simulations and tests.

import type { Clock } from '../../kernel/clock.ts';
import { createMessages } from './engine.ts';
import { createMemoryStorage } from './memory-storage.ts';
import type { Messages } from './messages.ts';

export function createMemoryMessages(clock: Clock): Messages {
  return createMessages({ storage: createMemoryStorage(), clock });
}
