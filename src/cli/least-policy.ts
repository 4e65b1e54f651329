// From what was done to a policy that allows just that. Actions with the same resources share a statement; many objects of
// one bucket (or many of anything with a common beginning) become a pattern, because policies are limited in size.

import type { UsedAccess } from '../aws/call-log.ts';
import { systemClock } from '../kernel/clock.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { requireCloud } from './find-cloud.ts';
import type { PolicyFromLogFlags } from './flags.ts';
import { callJson } from './http-call.ts';
import { note, printJson } from './output.ts';

export interface PolicyStatement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

export interface LeastPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

export async function printPolicy(flags: PolicyFromLogFlags): Promise<void> {
  const cloud = await requireCloud(flags);
  const query = new URLSearchParams();
  if (flags.principal !== undefined) query.set('principal', flags.principal);
  if (flags.since !== undefined) query.set('since', String(systemClock.now() - parseDuration(flags.since)));
  const answer = await callJson(cloud, { path: `/_cloudlet/accesses?${query}`, timeoutMs: 30_000 });
  const accesses = answer['accesses'] as readonly UsedAccess[];
  if (accesses.length === 0) return note('Nothing was done that needs a permission.');
  const principals = new Set(accesses.map(({ principal }) => principal));
  if (principals.size > 1)
    note(
      `This is what ${principals.size} principals did together; --principal picks one: ${[...principals].join(' ')}`,
    );
  printJson(leastPolicy(accesses, flags.exact === true));
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function parseDuration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const unitMs = units[unit];
  if (unitMs === undefined)
    throw new CliError(`--since takes a duration such as 90s, 15m or 2h, not '${text}'`, exitCodes.usage);
  return Number(count) * unitMs;
}

/** More than this many resources of one kind are told by a pattern. */
const mostNamed = 10;

export function leastPolicy(
  accesses: readonly Pick<UsedAccess, 'action' | 'resource'>[],
  isExact: boolean,
): LeastPolicy {
  const resourcesByAction = new Map<string, Set<string>>();
  for (const { action, resource } of accesses) {
    const known = resourcesByAction.get(action) ?? new Set();
    resourcesByAction.set(action, known.add(resource));
  }
  const actionsByResources = new Map<string, string[]>();
  for (const [action, resources] of [...resourcesByAction].sort(([a], [b]) => compare(a, b))) {
    const named = isExact ? [...resources].sort() : generalize([...resources]);
    // One service a statement: it is easier to read, and to check.
    const key = JSON.stringify([action.split(':')[0], named]);
    actionsByResources.set(key, [...(actionsByResources.get(key) ?? []), action]);
  }
  const Statement = [...actionsByResources].map(([key, Action]): PolicyStatement => {
    const [, Resource] = JSON.parse(key) as [string, readonly string[]];
    return { Effect: 'Allow', Action, Resource };
  });
  return { Version: '2012-10-17', Statement };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Those of one bucket, or of one kind in one account and region, as a pattern when they are many. */
function generalize(resources: readonly string[]): readonly string[] {
  const families = new Map<string, string[]>();
  for (const resource of resources) {
    const family = familyOf(resource);
    families.set(family, [...(families.get(family) ?? []), resource]);
  }
  return [...families]
    .flatMap(([family, members]) => (members.length <= mostNamed ? members : [`${commonStart(family, members)}*`]))
    .sort();
}

/** What a pattern must not reach beyond: `arn:aws:s3:::bucket/`, `arn:aws:sqs:us-east-1:000000000000:`. */
function familyOf(arn: string): string {
  const parts = arn.split(':');
  if (parts.length < 6) return arn;
  const [kind = '', ...rest] = parts.slice(5).join(':').split('/');
  return `${parts.slice(0, 5).join(':')}:${rest.length > 0 ? `${kind}/` : ''}`;
}

function commonStart(family: string, members: readonly string[]): string {
  const [first = '', ...others] = members;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  const common = first.slice(0, length);
  // Back to the last separator: half a name would let in what only begins alike.
  return common.slice(0, Math.max(family.length, common.lastIndexOf('/') + 1));
}
