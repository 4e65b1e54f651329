// Adds rules to a security group and changes those it has, within AWS's limits and without two that say the same.

import type { OperationContext } from '../../aws/operation.ts';
import type { SecurityGroupRuleRequest, SecurityGroupRuleUpdate } from '../../generated/ec2.types.ts';
import { newResourceId } from '../../kernel/ids.ts';
import { quotas, quotaValue } from '../service-quotas/index.ts';
import { missingParameter } from './ec2.errors.ts';
import {
  formatRule,
  parseDescription,
  parseIpv4Peer,
  parseIpv6Peer,
  parsePrefixList,
  parseTraffic,
  type RuleContent,
  ruleKey,
} from './ip-permissions.ts';
import { requireRow } from './resource-kind.ts';
import { resourceKinds } from './resources.ts';
import {
  noPeerOfRule,
  otherKindOfPeer,
  repeatedPermission,
  repeatedRuleId,
  ruleExists,
  severalPeersOfRule,
  tooManyRules,
} from './security-groups.errors.ts';
import { type SecurityGroupRulePeer, securityGroupRules } from './security-groups.table.ts';
import {
  groupResolver,
  insertRule,
  rulesOf,
  type SecurityGroupRow,
  type SecurityGroupRuleRow,
} from './security-groups.ts';

/** `contents` do not repeat one another. */
export function authorizeRules(
  ctx: OperationContext,
  group: SecurityGroupRow,
  isEgress: boolean,
  contents: readonly RuleContent[],
): readonly SecurityGroupRuleRow[] {
  const present = rulesOf(ctx, group.id, isEgress).map(({ spec }) => spec);
  refuseExisting(present, contents);
  const all: readonly RuleContent[] = [...present, ...contents];
  const ofIpv4 = all.filter(({ peer }) => !('cidrIpv6' in peer)).length;
  const ofIpv6 = all.filter(({ peer }) => !('cidrIpv4' in peer)).length;
  // Of each direction, and of IPv4 and IPv6 separately.
  if (Math.max(ofIpv4, ofIpv6) > quotaValue(ctx, quotas.rulesPerGroup)) throw tooManyRules();
  // Rules of one request are of one time; that their ids ascend keeps them in the order in which they were given.
  const ids = contents.map(() => newResourceId(ctx.random, 'sgr')).sort();
  return contents.map((content, i) => insertRule(ctx, ids[i] as string, group.id, isEgress, content));
}

function refuseExisting(present: readonly RuleContent[], contents: readonly RuleContent[]): void {
  const keys = new Set(present.map(ruleKey));
  const existing = contents.find((content) => keys.has(ruleKey(content)));
  if (existing) throw ruleExists(formatRule(existing));
}

/** Rules keep their ids, directions, tags and kinds of peer. One bad update changes nothing. */
export function modifyRules(
  ctx: OperationContext,
  group: SecurityGroupRow,
  updates: readonly SecurityGroupRuleUpdate[],
): void {
  if (updates.length === 0) throw missingParameter('securityGroupRules');
  const changes = new Map<string, RuleContent>();
  for (const { SecurityGroupRuleId: id, SecurityGroupRule: request } of updates) {
    const rule = requireRuleOf(ctx, group, id);
    if (changes.has(id)) throw repeatedRuleId(id);
    changes.set(id, parseUpdate(ctx, group, rule, request));
  }
  for (const isEgress of [false, true]) refuseSame(rulesOf(ctx, group.id, isEgress), changes);
  for (const [id, content] of changes) {
    ctx.table(securityGroupRules).update(id, ({ groupId, isEgress }) => ({ groupId, isEgress, ...content }));
  }
}

function requireRuleOf(ctx: OperationContext, group: SecurityGroupRow, id: string): SecurityGroupRuleRow {
  const kind = resourceKinds['security-group-rule'];
  const rule = requireRow(ctx, kind, id);
  if (rule.spec.groupId !== group.id) throw kind.notFound([id]);
  return rule;
}

/** Two rules may swap what they say; they may not come to say the same, or what a third one says. */
function refuseSame(rules: readonly SecurityGroupRuleRow[], changes: ReadonlyMap<string, RuleContent>): void {
  const changed = rules.flatMap(({ id }) => changes.get(id) ?? []);
  if (new Set(changed.map(ruleKey)).size < changed.length) throw repeatedPermission();
  refuseExisting(
    rules.filter(({ id }) => !changes.has(id)).map(({ spec }) => spec),
    changed,
  );
}

function parseUpdate(
  ctx: OperationContext,
  group: SecurityGroupRow,
  { id, spec }: SecurityGroupRuleRow,
  request: SecurityGroupRuleRequest | undefined,
): RuleContent {
  if (!request) throw missingParameter('securityGroupRule');
  const peer = parsePeer(ctx, group, request);
  if (kindOf(peer) !== kindOf(spec.peer)) throw otherKindOfPeer(id, kindOf(peer), kindOf(spec.peer));
  return { ...parseTraffic(request), peer, ...parseDescription(request.Description) };
}

function parsePeer(
  ctx: OperationContext,
  group: SecurityGroupRow,
  request: SecurityGroupRuleRequest,
): SecurityGroupRulePeer {
  const { CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId: GroupId } = request;
  const [first, second] = Object.entries({ CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId: GroupId })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (first === undefined) throw noPeerOfRule();
  if (second !== undefined) throw severalPeersOfRule();
  if (CidrIpv4 !== undefined) return parseIpv4Peer(CidrIpv4);
  if (CidrIpv6 !== undefined) return parseIpv6Peer(CidrIpv6);
  if (PrefixListId !== undefined) return parsePrefixList(PrefixListId);
  return groupResolver(ctx, group)({ GroupId });
}

/** As the error names it. */
function kindOf(peer: SecurityGroupRulePeer): string {
  if ('cidrIpv4' in peer) return 'CidrIpv4';
  if ('cidrIpv6' in peer) return 'CidrIpv6';
  return 'prefixListId' in peer ? 'PrefixListId' : 'ReferencedGroupId';
}
