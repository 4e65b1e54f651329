// A subscription's attributes: what each may be, and how they are shown.
// https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html

import { parseArn } from '../../aws/arn.ts';
import { AwsError } from '../../aws/errors.ts';
import type { ReplayRow } from './archive.table.ts';
import { isNoPolicy } from './archive.ts';
import { checkSubscriptionPolicy, describeSubscriptionPolicy } from './delivery-policy.ts';
import { type FilterPolicyScope, parseFilterPolicy } from './filter-policy.ts';
import { invalidParameter } from './sns.errors.ts';
import { type SubscriptionRow, subscriptionArnOf, subscriptionTopicArn } from './subscriptions.table.ts';

type Attributes = Readonly<Record<string, string>>;

/** Of a new subscription: what is wrong with them is said a little longer than when they are set. */
export function attributesOfNew(given: Attributes): Attributes {
  try {
    return mergeAttributes({}, given);
  } catch (error) {
    const words =
      error instanceof AwsError
        ? /^Invalid parameter: ((?:FilterPolicy|RawMessageDelivery).*)$/s.exec(error.message)?.[1]
        : undefined;
    throw words === undefined ? error : invalidParameter(`Attributes Reason: ${words}`);
  }
}

/** The attributes after some were set. */
export function mergeAttributes(present: Attributes, changed: Attributes): Attributes {
  const merged: Record<string, string> = { ...present };
  for (const [name, value] of Object.entries(changed)) {
    checkAttribute(name, value);
    if (name === 'RawMessageDelivery') merged[name] = value.toLowerCase();
    else if (removable.has(name) && (value === '' || (name === 'ReplayPolicy' && isNoPolicy(value)))) {
      delete merged[name];
      if (name === 'FilterPolicy') delete merged['FilterPolicyScope'];
    } else merged[name] = value;
  }
  const policy = merged['FilterPolicy'];
  const isFilterTouched = 'FilterPolicy' in changed || 'FilterPolicyScope' in changed;
  if (policy !== undefined && isFilterTouched)
    parseFilterPolicy(policy, (merged['FilterPolicyScope'] ?? 'MessageAttributes') as FilterPolicyScope);
  return merged;
}

const removable = new Set(['ReplayPolicy', 'FilterPolicy', 'DeliveryPolicy', 'RedrivePolicy', 'SubscriptionRoleArn']);

function checkAttribute(name: string, value: string): void {
  switch (name) {
    case 'RawMessageDelivery':
      if (!/^(true|false)$/i.test(value))
        throw invalidParameter(`RawMessageDelivery: Invalid value [${value}]. Must be true or false.`);
      return;
    case 'FilterPolicyScope':
      if (value !== 'MessageAttributes' && value !== 'MessageBody')
        throw invalidParameter(
          `FilterPolicyScope: Invalid value [${value}]. Please use either MessageBody or MessageAttributes`,
        );
      return;
    case 'DeliveryPolicy':
      if (value !== '') checkSubscriptionPolicy(value);
      return;
    case 'RedrivePolicy':
      if (value !== '') checkRedrivePolicy(value);
      return;
    case 'FilterPolicy':
    case 'SubscriptionRoleArn':
    case 'ReplayPolicy':
      return;
    default:
      throw invalidParameter('AttributeName');
  }
}

function checkRedrivePolicy(text: string): void {
  let policy: { readonly deadLetterTargetArn?: unknown } | null;
  try {
    policy = JSON.parse(text) as typeof policy;
  } catch {
    throw invalidParameter('RedrivePolicy: failed to parse JSON.');
  }
  const arn = policy?.deadLetterTargetArn;
  if (typeof arn !== 'string' || parseArn(arn)?.service !== 'sqs')
    throw invalidParameter('RedrivePolicy: deadLetterTargetArn is an invalid arn');
}

export function describeSubscriptionAttributes(
  row: SubscriptionRow,
  topicPolicy: string | undefined,
  replay: ReplayRow | undefined,
): Attributes {
  const { spec } = row;
  const { FilterPolicyScope = 'MessageAttributes', ...attributes } = spec.attributes;
  const isWeb = spec.protocol === 'http' || spec.protocol === 'https';
  return {
    SubscriptionArn: subscriptionArnOf(row),
    TopicArn: subscriptionTopicArn(row),
    Protocol: spec.protocol,
    Endpoint: spec.endpoint,
    Owner: spec.owner,
    SubscriptionPrincipal: spec.principalArn,
    PendingConfirmation: String(spec.confirmation === undefined),
    ConfirmationWasAuthenticated: String(spec.confirmation === 'authenticated'),
    RawMessageDelivery: 'false',
    ...(isWeb && {
      EffectiveDeliveryPolicy: describeSubscriptionPolicy(topicPolicy, spec.attributes['DeliveryPolicy']),
    }),
    // Kept, but not shown, until there is a policy.
    ...(attributes['FilterPolicy'] !== undefined && { FilterPolicyScope }),
    ...(replay && { ReplayStatus: replay.status.state }),
    ...attributes,
  };
}
