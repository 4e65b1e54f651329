// Where a queue is: `http://localhost:4566/000000000000/name`. Any host will do, and the name alone, as AWS has it. A
// region in the host (`sqs.us-east-1.…`, `us-east-1.queue.…`) or in the path (`/queue/us-east-1/000000000000/name`) is
// believed, and who asks by a host that can tell the region is given URLs that do.

import type { Scope } from '../../kernel/table.ts';

export interface QueueAddress extends Scope {
  readonly name: string;
}

export function formatQueueUrl(endpoint: string, { account, region, id }: Scope & { readonly id: string }): string {
  const { region: told, rest } = parseHost(endpoint);
  const isBare = told === undefined && /^(?:sqs\.)?localhost\.localstack\.cloud(?::\d+)?$/.test(rest);
  if (isBare) return `http://sqs.${region}.${rest.replace(/^sqs\./, '')}/${account}/${id}`;
  return `${told === undefined || told === region ? endpoint : endpoint.replace(told, region)}/${account}/${id}`;
}

/** The region that an endpoint's host names, and the host without it. */
function parseHost(url: string): { readonly region?: string; readonly rest: string } {
  const host = /^[a-z]+:\/\/([^/?#]*)/i.exec(url)?.[1] ?? '';
  const named = /^sqs\.([a-z]{2}(?:-[a-z]+)+-\d)\.(.+)$|^([a-z]{2}(?:-[a-z]+)+-\d)\.(queue\..+)$/i.exec(host);
  if (!named) return { rest: host };
  return { region: (named[1] ?? named[3] ?? '').toLowerCase(), rest: named[2] ?? named[4] ?? '' };
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
  const region = parts.at(-2) === 'queue' ? (parts.at(-1) as string) : (parseHost(text).region ?? caller.region);
  if (!/^[a-z0-9-]{1,32}$/.test(region)) return undefined;
  return { name, region, account: account !== undefined && /^\d{12}$/.test(account) ? account : caller.account };
}
