// What was asked of the cloud lately: one call and how it was judged, those that were denied, and which permissions were
// needed. `cloudlet explain` and `cloudlet policy-from-log` read them.

import type { CallLog, LoggedCall } from '../aws/call-log.ts';
import type { JudgedAccess } from '../aws/calls.ts';
import { formatIso } from '../kernel/clock.ts';
import { jsonAnswer, refusal } from './answers.ts';
import type { LocalRoute } from './local-gateway.ts';

export function callPaths(log: CallLog): readonly LocalRoute[] {
  return [
    {
      method: 'GET',
      path: '/_cloudlet/calls/denied',
      answer: () => jsonAnswer({ calls: log.denied().map(describeCall) }),
    },
    {
      method: 'GET',
      path: /^\/_cloudlet\/calls\/([0-9A-Za-z-]{1,64})$/,
      answer(_request, requestId = '') {
        const call = log.find(requestId);
        return call ? jsonAnswer(describeCall(call)) : refusal(404, `no call ${requestId} is remembered`);
      },
    },
    {
      method: 'GET',
      path: '/_cloudlet/accesses',
      answer({ query }) {
        const asked = new URLSearchParams(query);
        const sinceMs = Number(asked.get('since') ?? 0);
        if (!Number.isFinite(sinceMs)) return refusal(400, 'since is a time in milliseconds since 1970');
        const principal = asked.get('principal') ?? undefined;
        return jsonAnswer({ accesses: log.accesses({ sinceMs, ...(principal !== undefined && { principal }) }) });
      },
    },
  ];
}

function describeCall({ atMs, principal, accesses, ...call }: LoggedCall) {
  const { arn, kind, session } = principal;
  return {
    ...call,
    at: formatIso(atMs),
    principal: { arn, kind, ...(session?.roleArn !== undefined && { roleArn: session.roleArn }) },
    accesses: accesses.map(describeAccess),
  };
}

/** As JSON can carry it: statements hold functions. */
function describeAccess({ action, resource, decision, reports = [] }: JudgedAccess) {
  if (!decision) return { action, resource, effect: 'allow', by: 'root' };
  const { effect, isExplicit, decidedBy, verdicts, statements } = decision;
  return {
    action,
    resource,
    effect,
    isExplicit,
    ...(decidedBy !== undefined && { by: decidedBy }),
    verdicts,
    matched: statements.map(({ source, statement }) => ({
      kind: source.kind,
      policy: source.arn,
      effect: statement.statement.effect,
      ...(statement.statement.sid !== undefined && { sid: statement.statement.sid }),
      place: statement.index + 1,
    })),
    policies: reports,
  };
}

export type CallDescription = ReturnType<typeof describeCall>;
