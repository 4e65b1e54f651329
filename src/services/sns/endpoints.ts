// What an endpoint of each protocol must look like, and whether it is asked for its consent.

import { parseArn } from '../../aws/arn.ts';
import type { OperationContext } from '../../aws/operation.ts';
import { platformEndpoints } from './platform-endpoints.table.ts';
import { invalidParameter, notBuilt } from './sns.errors.ts';
import type { Protocol } from './subscriptions.table.ts';
import { messageBytesOf, type TopicSpec, usualMessageBytes } from './topics.table.ts';

const protocols: readonly string[] = ['http', 'https', 'email', 'email-json', 'sms', 'sqs', 'application', 'lambda'];

export function checkProtocol(ctx: OperationContext, protocol: string): Protocol {
  const isUnserved = protocol === 'lambda' && !ctx.isBuilt('lambda', 'Invoke');
  if (isUnserved || protocol === 'firehose') throw notBuilt(`subscriptions of the protocol ${protocol}`);
  if (!protocols.includes(protocol))
    throw invalidParameter(`Amazon SNS does not support this protocol string: ${protocol}`);
  return protocol as Protocol;
}

export function checkEndpoint(ctx: OperationContext, protocol: Protocol, endpoint: string, isFifo: boolean): void {
  if (isFifo && protocol !== 'sqs')
    throw invalidParameter('Invalid parameter: Endpoint Reason: Please use FIFO SQS queue');
  if (endpoint === '') throw invalidParameter('Endpoint Reason: Endpoint must not be empty');
  checks[protocol](endpoint, { ctx, isFifo });
}

interface Surroundings {
  readonly ctx: OperationContext;
  readonly isFifo: boolean;
}

const checks: Readonly<Record<Protocol, (endpoint: string, surroundings: Surroundings) => void>> = {
  http: (endpoint) => checkUrl(endpoint, 'http:'),
  https: (endpoint) => checkUrl(endpoint, 'https:'),
  email: checkAddress,
  'email-json': checkAddress,
  sms(endpoint) {
    // Digits, singly separated by a hyphen, dot or slash, and spelled with a plus or not.
    if (!/^\+?\d+(?:[-./]\d+)*$/.test(endpoint) || endpoint.replace(/\D/g, '').length < 5) throw smsFault(endpoint);
  },
  sqs(endpoint, { isFifo }) {
    const queue = parseArn(endpoint);
    if (queue?.service !== 'sqs') throw invalidParameter('SQS endpoint ARN');
    if (!isFifo && queue.resource.endsWith('.fifo')) {
      throw invalidParameter(
        'Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics',
      );
    }
  },
  lambda(endpoint) {
    if (parseArn(endpoint)?.service !== 'lambda') throw invalidParameter('Lambda endpoint ARN');
  },
  application(endpoint, { ctx }) {
    const parsed = parseArn(endpoint);
    const id = /^endpoint\/(.+)$/.exec(parsed?.resource ?? '')?.[1];
    if (!parsed || id === undefined || !ctx.tableIn(platformEndpoints, parsed).has(id))
      throw invalidParameter(`Endpoint Reason: Endpoint does not exist for endpoint arn${endpoint}`);
  },
};

/** AWS leaves out the usual beginning here. */
const smsFault = (endpoint: string) => {
  const error = invalidParameter('');
  return Object.assign(error, { message: `Invalid SMS endpoint: ${endpoint}` });
};

function checkUrl(endpoint: string, scheme: 'http:' | 'https:'): void {
  if (!endpoint.startsWith(`${scheme}//`)) throw invalidParameter('Endpoint must match the specified protocol');
  if (!URL.canParse(endpoint)) throw invalidParameter('Endpoint Reason: Invalid URL');
}

function checkAddress(endpoint: string): void {
  if (!/^[^@\s]+@[^@\s]+$/.test(endpoint)) throw invalidParameter('Email address');
}

const mostSubscribersOfLarge = 100;

/**
 * Whether a topic with that attribute may have such subscriptions.
 * https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html
 */
export function checkMessageSize(topic: Pick<TopicSpec, 'attributes'>, protocols: readonly Protocol[]): void {
  if (messageBytesOf(topic) <= usualMessageBytes) return;
  const other = protocols.find((protocol) => protocol !== 'sqs' && protocol !== 'lambda');
  if (other !== undefined)
    throw invalidParameter(`MaximumMessageSize Reason: above ${usualMessageBytes} there are no ${other} subscriptions`);
  if (protocols.length > mostSubscribersOfLarge)
    throw invalidParameter(
      `MaximumMessageSize Reason: above ${usualMessageBytes} there are at most ${mostSubscribersOfLarge} subscriptions`,
    );
}

/** A queue of one's own, a function and a phone need not be asked. */
export function needsConfirmation(protocol: Protocol, endpoint: string, owner: string): boolean {
  if (protocol === 'sqs') return parseArn(endpoint)?.account !== owner;
  return protocol !== 'sms' && protocol !== 'application' && protocol !== 'lambda';
}
