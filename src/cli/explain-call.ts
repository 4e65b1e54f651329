// Prints how a call was judged: what it needed, what each policy said of that, and what would have had to be different.

import type { PolicyReport, StatementReport } from '../aws/policies/explain.ts';
import type { CallDescription } from '../local/call-paths.ts';
import { CliError } from './exit-codes.ts';
import { requireCloud } from './find-cloud.ts';
import type { ExplainFlags } from './flags.ts';
import { type Callee, callHttp, callJson } from './http-call.ts';
import { colors, note, print, printJson } from './output.ts';

type Access = CallDescription['accesses'][number];

export async function explainCall(requestId: string | undefined, flags: ExplainFlags): Promise<void> {
  const cloud = await requireCloud(flags);
  if (flags.list) return listDenied(await deniedCalls(cloud), flags.json === true);
  const call = requestId === undefined ? (await deniedCalls(cloud))[0] : await findCall(cloud, requestId);
  if (!call) return note('No call was denied lately.');
  if (flags.json) return printJson(call);
  print(describeHead(call));
  for (const access of call.accesses) print(describeAccess(access));
  if (call.accesses.length === 0) print('\nIt needs no permission.');
}

async function deniedCalls(cloud: Callee): Promise<readonly CallDescription[]> {
  const { calls } = await callJson(cloud, { path: '/_cloudlet/calls/denied', timeoutMs: 30_000 });
  return calls as readonly CallDescription[];
}

async function findCall(cloud: Callee, requestId: string): Promise<CallDescription> {
  const path = `/_cloudlet/calls/${encodeURIComponent(requestId)}`;
  const { status, body } = await callHttp(cloud, { path, timeoutMs: 30_000 });
  if (status === 404)
    throw new CliError(`no call ${requestId} is remembered: there were a thousand others since, or a restart.`);
  return JSON.parse(body) as CallDescription;
}

function listDenied(calls: readonly CallDescription[], isJson: boolean): void {
  if (isJson) printJson(calls);
  else if (calls.length === 0) note('No call was denied lately.');
  else
    for (const { requestId, at, service, operation, principal } of calls)
      print(`${at}  ${requestId}  ${service}:${operation}  ${principal.arn}`);
}

function describeHead({ requestId, at, service, operation, principal, region, error }: CallDescription): string {
  const outcome = error ? colors.red(`${error.code}: ${error.message}`) : colors.green('allowed');
  const asRole = 'roleArn' in principal ? ` (a session of ${principal.roleArn})` : '';
  return [
    `${colors.bold(`${service}:${operation}`)} in ${region}, ${at}, request ${requestId}`,
    `by ${principal.arn}${asRole}`,
    outcome,
  ].join('\n');
}

function describeAccess(access: Access): string {
  const { action, resource, effect } = access;
  const mark = effect === 'allow' ? colors.green('allowed') : colors.red('denied');
  const head = `\n${colors.bold(action)} on ${resource}: ${mark}, ${reasonOf(access)}`;
  if (!('policies' in access)) return head;
  const matched = access.matched.map(
    ({ kind, policy, effect: by, sid, place }) =>
      `  ${by === 'Deny' ? '✗' : '✓'} ${nameOf(kind, policy)} ${statementName(sid, place)} ${by.toLowerCase()}s it`,
  );
  const reports = access.policies.flatMap(describePolicy);
  return [head, ...(reports.length > 0 ? reports : matched), ...advice(access)].join('\n');
}

function reasonOf(access: Access): string {
  if (!('verdicts' in access)) return "because the account's root user may do everything in its account";
  const { effect, isExplicit, by = 'identity-based' } = access;
  if (effect === 'allow') return `by ${article(by)}${by} policy`;
  return isExplicit ? `because ${article(by)}${by} policy denies it` : `because no ${by} policy allows it`;
}

const article = (kind: string): string => (/^[aeiou]/.test(kind) ? 'an ' : 'a ');
const nameOf = (kind: string, policy: string): string => `${kind} policy ${policy}`;
const statementName = (sid: string | undefined, place: number): string =>
  sid === undefined ? `statement ${place}` : `statement ${place} (${sid})`;

function describePolicy({ kind, policy, statements }: PolicyReport): readonly string[] {
  if (statements.length === 0) return [colors.dim(`  · ${nameOf(kind, policy)}: no statement is about this action`)];
  return statements.map((statement) => `  ${describeStatement(nameOf(kind, policy), statement)}`);
}

function describeStatement(policy: string, statement: StatementReport): string {
  const { effect, sid, place, applies, isForAccount, misses } = statement;
  const name = `${policy}, ${statementName(sid, place)}`;
  if (applies && effect === 'Deny') return colors.red(`✗ ${name} denies it`);
  if (applies && isForAccount) return `· ${name} lets the account allow it`;
  if (applies) return colors.green(`✓ ${name} allows it`);
  return colors.dim(`· ${name} would ${effect.toLowerCase()} it, but ${misses.map(describeMiss).join('; and ')}`);
}

function describeMiss(miss: StatementReport['misses'][number]): string {
  switch (miss.what) {
    case 'principal':
      return 'it is about another principal';
    case 'resource':
      return `its ${miss.isNegated ? 'NotResource' : 'Resource'} is ${miss.wanted.join(', ')}`;
    default: {
      const actual = miss.actual === undefined ? 'is not in the request' : `is ${miss.actual.join(', ')}`;
      return `${miss.key} ${actual}, and it wants ${miss.operator} ${miss.wanted.join(', ')}`;
    }
  }
}

/** What to change, where that can be told. */
function advice(access: Access): readonly string[] {
  if (!('verdicts' in access) || access.effect === 'allow') return [];
  const { isExplicit, by = 'identity-based', action, resource } = access;
  if (isExplicit) return ['', '  Whatever else allows it: nothing wins over a deny. Change or detach that statement.'];
  const statement = JSON.stringify({ Effect: 'Allow', Action: action, Resource: resource });
  return ['', `  What is missing is a statement in ${article(by)}${by} policy: ${statement}`];
}
