// Invitations to join an organization. A handshake belongs to the account that was invited; whoever sent it keeps a note of
// where it is.

import type { HandshakeState, Tag } from '../../generated/organizations.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';

export interface HandshakeSpec {
  readonly organizationId: string;
  readonly managementAccount: string;
  readonly notes?: string;
  /** That the account gets when it joins. */
  readonly tags: readonly Tag[];
  readonly state: HandshakeState;
  readonly requestedAtMs: TimestampMs;
  readonly expiresAtMs: TimestampMs;
}

export type HandshakeRow = Row<HandshakeSpec, null>;

/** By `h-…`. */
export const handshakes = defineSpecTable<HandshakeSpec>({ name: 'organizations.handshakes', isGlobal: true });

export const sentHandshakes = defineSpecTable<{ readonly to: string }>({
  name: 'organizations.sentHandshakes',
  isGlobal: true,
});

/** Nobody has to be there when an invitation expires. */
export const stateOf = ({ spec }: HandshakeRow, nowMs: TimestampMs): HandshakeState =>
  spec.state === 'OPEN' && nowMs >= spec.expiresAtMs ? 'EXPIRED' : spec.state;
