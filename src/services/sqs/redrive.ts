// Dead-letter queues: whether a queue may name another one as its own, and which of the other's sources may.

import type { OperationContext } from '../../aws/operation.ts';
import { arnOf, type QueueRow, type RedrivePolicy } from './queues.table.ts';
import { findByArn } from './queues.ts';
import { invalidParameter } from './sqs.errors.ts';

type Attributes = Readonly<Record<string, string>>;

/** The attributes with their policies in the form in which they are kept. */
export function checkRedrive(
  ctx: OperationContext,
  attributes: Attributes,
  queue: { readonly arn: string; readonly isFifo: boolean },
): Attributes {
  const { RedrivePolicy, RedriveAllowPolicy } = attributes;
  if (RedriveAllowPolicy && !isEmpty(RedriveAllowPolicy)) checkAllowPolicy(RedriveAllowPolicy);
  if (!RedrivePolicy || isEmpty(RedrivePolicy)) return attributes;
  return { ...attributes, RedrivePolicy: checkPolicy(ctx, RedrivePolicy, queue) };
}

const isEmpty = (text: string): boolean => /^\s*\{\s*\}\s*$/.test(text);

function checkPolicy(
  ctx: OperationContext,
  text: string,
  { arn, isFifo }: { readonly arn: string; readonly isFifo: boolean },
): string {
  const refuse = (reason: string) => invalidParameter('RedrivePolicy', text, reason);
  const policy = jsonMap(text);
  if (!policy) throw refuse('Redrive policy is not a valid JSON map.');
  for (const name of ['deadLetterTargetArn', 'maxReceiveCount']) {
    if (policy[name] === undefined) throw refuse(`Redrive policy does not contain mandatory attribute: ${name}.`);
  }
  const extra = Object.keys(policy).find((name) => name !== 'deadLetterTargetArn' && name !== 'maxReceiveCount');
  if (extra !== undefined)
    throw refuse('Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].');
  const count = countOf(policy['maxReceiveCount']);
  if (count === undefined || count < 1 || count > 1000)
    throw refuse(
      `Invalid value for maxReceiveCount: ${String(policy['maxReceiveCount'])}, valid values are from 1 to 1000 both inclusive.`,
    );
  const targetArn = String(policy['deadLetterTargetArn']);
  const target = findByArn(ctx, targetArn);
  if (!target) throw refuse('Dead letter target does not exist.');
  if (target.account !== ctx.account) throw refuse('Dead letter target owner should be same as the source.');
  if (target.region !== ctx.region) throw refuse('Dead letter target should be in the same region as the source.');
  if (target.spec.isFifo !== isFifo) throw refuse('Dead-letter queue must be same type of queue as the source.');
  if (!admits(target, arn)) throw refuse('Queue does not have permission to use the dead-letter queue.');
  if (typeof policy['maxReceiveCount'] === 'number') return text;
  return JSON.stringify({ deadLetterTargetArn: targetArn, maxReceiveCount: count } satisfies RedrivePolicy);
}

/** AWS takes a text for a number. */
function countOf(value: unknown): number | undefined {
  if (typeof value === 'string') return /^\d{1,9}$/.test(value) ? Number(value) : undefined;
  return Number.isInteger(value) ? (value as number) : undefined;
}

interface AllowPolicy {
  readonly redrivePermission?: string;
  readonly sourceQueueArns?: readonly string[];
}

/** Whether a dead-letter queue lets this source redrive into it. */
function admits(target: QueueRow, sourceArn: string): boolean {
  const text = target.spec.attributes['RedriveAllowPolicy'];
  if (text === undefined) return true;
  const { redrivePermission, sourceQueueArns = [] } = JSON.parse(text) as AllowPolicy;
  if (redrivePermission === 'denyAll') return sourceArn === arnOf(target);
  return redrivePermission !== 'byQueue' || sourceQueueArns.includes(sourceArn);
}

const mostSources = 10;

function checkAllowPolicy(text: string): void {
  const refuse = (reason: string) => invalidParameter('RedriveAllowPolicy', text, reason);
  const policy = jsonMap(text);
  if (!policy) throw refuse('Redrive allow policy is not a valid JSON map.');
  const { redrivePermission: permission, sourceQueueArns: sources } = policy;
  if (permission === undefined)
    throw refuse('Redrive allow policy does not contain mandatory attribute: redrivePermission.');
  if (permission !== 'allowAll' && permission !== 'denyAll' && permission !== 'byQueue')
    throw refuse(
      `Invalid value for redrivePermission: ${String(permission)}, valid values are: [allowAll, denyAll, byQueue].`,
    );
  if (permission !== 'byQueue') {
    if (sources !== undefined)
      throw refuse('Parameter sourceQueueArns is allowed only when redrivePermission is byQueue.');
    return;
  }
  if (!Array.isArray(sources) || sources.length === 0 || sources.length > mostSources)
    throw refuse(`Parameter sourceQueueArns must contain 1 to ${mostSources} ARNs.`);
  if (!sources.every((arn) => typeof arn === 'string' && /^arn:[^:]+:sqs:[^:]+:\d{12}:.+$/.test(arn)))
    throw refuse('Parameter sourceQueueArns contains an invalid ARN.');
}

function jsonMap(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
