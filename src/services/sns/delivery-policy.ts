// Delivery policies: how often, and after which pauses, an HTTP endpoint that fails is tried again.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html

import { invalidParameter } from './sns.errors.ts';

export interface RetryPolicy {
  readonly numRetries: number;
  readonly numNoDelayRetries: number;
  readonly numMinDelayRetries: number;
  readonly numMaxDelayRetries: number;
  /** Seconds. */
  readonly minDelayTarget: number;
  readonly maxDelayTarget: number;
  readonly backoffFunction: 'linear' | 'arithmetic' | 'geometric' | 'exponential';
}

const defaultRetryPolicy: RetryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numMaxDelayRetries: 0,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  backoffFunction: 'linear',
};

const defaultContentType = 'text/plain; charset=UTF-8';

interface RequestPolicy {
  readonly headerContentType?: string;
}

interface TopicPolicy {
  readonly http?: {
    readonly defaultHealthyRetryPolicy?: Partial<RetryPolicy>;
    readonly disableSubscriptionOverrides?: boolean;
    readonly defaultThrottlePolicy?: ThrottlePolicy;
    readonly defaultRequestPolicy?: RequestPolicy;
  };
}

interface ThrottlePolicy {
  readonly maxReceivesPerSecond?: number;
}

interface SubscriptionPolicy {
  readonly healthyRetryPolicy?: Partial<RetryPolicy>;
  readonly throttlePolicy?: ThrottlePolicy | null;
  readonly requestPolicy?: RequestPolicy;
}

export interface EffectivePolicy {
  readonly retry: RetryPolicy;
  readonly contentType: string;
  /** How many messages the endpoint gets in a second at most. */
  readonly perSecond?: number;
}

/** The policies are those of the topic and of the subscription, as they were set. */
export function effectivePolicy(topicText: string | undefined, subscriptionText: string | undefined): EffectivePolicy {
  const topic = parsed<TopicPolicy>(topicText)?.http;
  const own = topic?.disableSubscriptionOverrides ? undefined : parsed<SubscriptionPolicy>(subscriptionText);
  const perSecond = (own?.throttlePolicy ?? topic?.defaultThrottlePolicy)?.maxReceivesPerSecond;
  return {
    ...(perSecond !== undefined && { perSecond }),
    retry: { ...defaultRetryPolicy, ...(own?.healthyRetryPolicy ?? topic?.defaultHealthyRetryPolicy) },
    contentType:
      own?.requestPolicy?.headerContentType ?? topic?.defaultRequestPolicy?.headerContentType ?? defaultContentType,
  };
}

export function describeTopicPolicy(topicText: string | undefined): string {
  const { retry, contentType, perSecond } = effectivePolicy(topicText, undefined);
  const disableSubscriptionOverrides = parsed<TopicPolicy>(topicText)?.http?.disableSubscriptionOverrides ?? false;
  return JSON.stringify({
    http: {
      defaultHealthyRetryPolicy: retry,
      disableSubscriptionOverrides,
      ...(perSecond !== undefined && { defaultThrottlePolicy: { maxReceivesPerSecond: perSecond } }),
      defaultRequestPolicy: { headerContentType: contentType },
    },
  });
}

export function describeSubscriptionPolicy(topicText: string | undefined, ownText: string | undefined): string {
  const { retry, contentType, perSecond } = effectivePolicy(topicText, ownText);
  return JSON.stringify({
    healthyRetryPolicy: retry,
    sicklyRetryPolicy: null,
    throttlePolicy: perSecond === undefined ? null : { maxReceivesPerSecond: perSecond },
    requestPolicy: { headerContentType: contentType },
    guaranteed: false,
  });
}

const parsed = <T>(text: string | undefined): T | undefined => (text ? (JSON.parse(text) as T) : undefined);

const longestDelaySeconds = 3600;
const mostRetries = 100;

/** Checked, and as it is kept: without what is null, and with what AWS adds. */
export function parseTopicPolicy(text: string): string {
  const { http: policy, ...others } = parsePolicy(text);
  if (policy !== undefined && !isObject(policy)) throw refuse('http must be a JSON object.');
  checkRetryPolicy(policy?.['defaultHealthyRetryPolicy']);
  checkThrottlePolicy(policy?.['defaultThrottlePolicy']);
  if (!policy) return text;
  const given = Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== null));
  return JSON.stringify({ ...others, http: { disableSubscriptionOverrides: false, ...given } });
}

export function checkSubscriptionPolicy(text: string): void {
  const policy = parsePolicy(text);
  checkRetryPolicy(policy['healthyRetryPolicy']);
  checkThrottlePolicy(policy['throttlePolicy']);
}

const refuse = (reason: string) => invalidParameter(`DeliveryPolicy: ${reason}`);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsePolicy(text: string): Readonly<Record<string, unknown>> {
  let document: unknown;
  try {
    document = JSON.parse(text) as unknown;
  } catch {
    throw refuse('failed to parse JSON.');
  }
  if (!isObject(document)) throw refuse('must be a JSON object.');
  return document;
}

function checkThrottlePolicy(policy: unknown): void {
  if (policy === undefined || policy === null) return;
  const perSecond = isObject(policy) ? policy['maxReceivesPerSecond'] : undefined;
  if (!Number.isInteger(perSecond) || (perSecond as number) < 1)
    throw refuse('maxReceivesPerSecond must be an integer greater than or equal to 1');
}

function checkRetryPolicy(policy: unknown): void {
  if (policy === undefined || policy === null) return;
  if (!isObject(policy)) throw refuse('a retry policy must be a JSON object.');
  const retry: RetryPolicy = { ...defaultRetryPolicy, ...(policy as Partial<RetryPolicy>) };
  const { numRetries, minDelayTarget, maxDelayTarget } = retry;
  const phases = [retry.numNoDelayRetries, retry.numMinDelayRetries, retry.numMaxDelayRetries];
  const isCount = (value: number) => Number.isInteger(value) && value >= 0;
  if (!isCount(numRetries) || numRetries > mostRetries) throw refuse(`numRetries must be between 0 and ${mostRetries}`);
  if (!phases.every(isCount)) throw refuse('numbers of retries must not be negative');
  if (phases.reduce((sum, count) => sum + count, 0) > numRetries)
    throw refuse(
      'numRetries must be greater than or equal to total of numMinDelayRetries, numNoDelayRetries and numMaxDelayRetries',
    );
  if (!isDelay(minDelayTarget) || !isDelay(maxDelayTarget))
    throw refuse(`delays must be between 1 and ${longestDelaySeconds}`);
  if (minDelayTarget > maxDelayTarget) throw refuse('minDelayTarget must be less than or equal to maxDelayTarget');
  if (!['linear', 'arithmetic', 'geometric', 'exponential'].includes(retry.backoffFunction))
    throw refuse('backoffFunction must be one of arithmetic, exponential, geometric or linear');
}

const isDelay = (seconds: number): boolean =>
  Number.isInteger(seconds) && seconds >= 1 && seconds <= longestDelaySeconds;

/** How long to wait after so many failed attempts; undefined when it was tried often enough. */
export function nextDelayMs(retry: RetryPolicy, failedAttempts: number): number | undefined {
  if (failedAttempts > retry.numRetries) return undefined;
  const { numNoDelayRetries, numMinDelayRetries, numMaxDelayRetries, numRetries, minDelayTarget, maxDelayTarget } =
    retry;
  if (failedAttempts <= numNoDelayRetries) return 0;
  if (failedAttempts <= numNoDelayRetries + numMinDelayRetries) return minDelayTarget * 1000;
  if (failedAttempts > numRetries - numMaxDelayRetries) return maxDelayTarget * 1000;
  const steps = numRetries - numNoDelayRetries - numMinDelayRetries - numMaxDelayRetries;
  const step = failedAttempts - numNoDelayRetries - numMinDelayRetries;
  const share = steps <= 1 ? 1 : backOffShare(retry.backoffFunction, (step - 1) / (steps - 1));
  return Math.round((minDelayTarget + (maxDelayTarget - minDelayTarget) * share) * 1000);
}

/** From 0 to 1, as the progress goes from 0 to 1. */
function backOffShare(name: RetryPolicy['backoffFunction'], progress: number): number {
  if (name === 'linear') return progress;
  if (name === 'arithmetic') return (progress * (progress + 1)) / 2;
  if (name === 'geometric') return progress ** 2;
  return (2 ** (progress * 10) - 1) / (2 ** 10 - 1);
}
