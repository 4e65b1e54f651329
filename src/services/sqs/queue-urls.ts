// Where a queue is: `http://localhost:4566/000000000000/name`. Any host will do, a path with the region in it
// (`/queue/us-east-1/000000000000/name`) as well, and the name alone, as AWS has it.

import type { Scope } from '../../kernel/table.ts';

export interface QueueAddress extends Scope {
  readonly name: string;
}

export function formatQueueUrl(endpoint: string, { account, id }: { account: string; id: string }): string {
  return `${endpoint}/${account}/${id}`;
}

interface Parsed extends Scope {
  readonly text: string;
  readonly address: QueueAddress | undefined;
}

/** A request's is asked for when it is authorized, and again when it is carried out. */
let latest: Parsed | undefined;

/** Undefined for what cannot be a queue's address. What the text leaves open is the caller's. */
export function parseQueueUrl(text: string, { account, region }: Scope): QueueAddress | undefined {
  if (latest?.text !== text || latest.account !== account || latest.region !== region)
    latest = { text, account, region, address: parse(text, { account, region }) };
  return latest.address;
}

function parse(text: string, caller: Scope): QueueAddress | undefined {
  const path = text.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/[?#].*$/s, '');
  const parts = path.split('/').filter((part) => part !== '');
  const name = parts.pop();
  if (name === undefined || !/^[A-Za-z0-9_-]{1,80}(\.fifo)?$/.test(name)) return undefined;
  const account = parts.pop();
  const region = parts.at(-2) === 'queue' ? (parts.at(-1) as string) : caller.region;
  if (!/^[a-z0-9-]{1,32}$/.test(region)) return undefined;
  return { name, region, account: account !== undefined && /^\d{12}$/.test(account) ? account : caller.account };
}
