// What would have left the cloud by e-mail, text message or mobile push. Nothing is sent; it is kept for a while, to be
// looked at under /_aws/sns/.

import { defineSpecTable, type Row } from '../../kernel/table.ts';

export interface OutboxSpec {
  readonly kind: 'email' | 'sms' | 'application';
  /** An address, a phone number, or an endpoint's ARN. */
  readonly to: string;
  readonly messageId: string;
  readonly message: string;
  readonly subject?: string;
  readonly topicArn?: string;
  readonly subscriptionArn?: string;
  readonly messageStructure?: 'json';
  readonly attributes?: Readonly<Record<string, { readonly Type: string; readonly Value: string }>>;
}

export type OutboxRow = Row<OutboxSpec, null>;

/** In the order in which they came. */
export const outbox = defineSpecTable<OutboxSpec>({
  name: 'sns.outbox',
  indexes: { byKind: ({ spec }) => [spec.kind] },
});

export const keptForMs = 24 * 3600_000;

let latest = { ms: 0, count: 0 };

/** Behind all that were made in the same millisecond. */
export function outboxId(nowMs: number, messageId: string): string {
  const ms = Math.floor(nowMs);
  latest = { ms, count: ms === latest.ms ? latest.count + 1 : 0 };
  return `${String(ms).padStart(15, '0')}-${String(latest.count).padStart(6, '0')}-${messageId}`;
}
