// A queue's attributes: what each may be, what goes with what, and how they are shown. Values stay the strings they are
// on the wire.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html

import { checkPolicyText } from './queue-policy.ts';
import { defaults, type QueueSpec } from './queues.table.ts';
import { attributeConflict, invalidAttributeName, invalidAttributeValue, unknownAttribute } from './sqs.errors.ts';

type Attributes = Readonly<Record<string, string>>;

const ranges: Readonly<Record<string, readonly [least: number, most: number]>> = {
  VisibilityTimeout: [0, 43_200],
  MaximumMessageSize: [1024, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600],
  DelaySeconds: [0, 900],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  KmsDataKeyReusePeriodSeconds: [60, 86_400],
};

const choices: Readonly<Record<string, readonly string[]>> = {
  FifoQueue: ['true'],
  ContentBasedDeduplication: ['true', 'false'],
  SqsManagedSseEnabled: ['true', 'false'],
  DeduplicationScope: ['queue', 'messageGroup'],
  FifoThroughputLimit: ['perQueue', 'perMessageGroupId'],
};

/** Checked where the queues that they name can be looked up. */
const redriveAttributes = new Set(['RedrivePolicy', 'RedriveAllowPolicy']);
const texts = new Set(['Policy', 'KmsMasterKeyId', ...redriveAttributes]);
const shownOnly = [
  'QueueArn',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
];

const isSwitch = (name: string): boolean => Object.hasOwn(choices, name) && choices[name]?.includes('true') === true;

/** AWS takes `True` for `true`. */
export function normalizeAttributes(given: Attributes): Attributes {
  const normalized = { __proto__: null } as unknown as Record<string, string>;
  for (const [name, value] of Object.entries(given)) normalized[name] = isSwitch(name) ? value.toLowerCase() : value;
  return normalized;
}

/** Setting one of these to nothing takes it away. */
const removable = new Set(['Policy', 'KmsMasterKeyId', ...redriveAttributes]);

/** Names are users' texts: `constructor` is no attribute. */
const isSettable = (name: string): boolean =>
  Object.hasOwn(ranges, name) || Object.hasOwn(choices, name) || texts.has(name);

export function checkAttributes(attributes: Attributes, isFifo: boolean): void {
  for (const [name, value] of Object.entries(attributes)) {
    checkName(name, isFifo);
    if (removable.has(name) && value === '') continue;
    checkValue(name, value);
  }
}

function checkName(name: string, isFifo: boolean): void {
  if (!isFifo && (name === 'DeduplicationScope' || name === 'FifoThroughputLimit'))
    throw invalidAttributeName(`You can specify the ${name} only when FifoQueue is set to true.`);
  const isKnown = isSettable(name);
  const isFifoOnly = name === 'FifoQueue' || name === 'ContentBasedDeduplication';
  if (!isKnown || (isFifoOnly && !isFifo)) throw unknownAttribute(name);
}

function checkValue(name: string, value: string): void {
  const range = ranges[name];
  if (range && !(/^\d{1,9}$/.test(value) && Number(value) >= range[0] && Number(value) <= range[1]))
    throw invalidAttributeValue(name);
  if (choices[name] && !choices[name].includes(value)) throw invalidAttributeValue(name);
  if (name === 'Policy') checkPolicyText(value);
}

/** The attributes after `changed` were set; what fits nobody else is refused. */
export function mergeAttributes(present: Attributes, changed: Attributes): Attributes {
  const merged: Record<string, string> = { ...present };
  for (const [name, value] of Object.entries(changed)) {
    if (removable.has(name) && isNothing(name, value)) delete merged[name];
    else merged[name] = value;
  }
  if (merged['FifoThroughputLimit'] === 'perMessageGroupId' && merged['DeduplicationScope'] !== 'messageGroup') {
    throw attributeConflict(
      'The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.',
    );
  }
  if (changed['KmsMasterKeyId'] && changed['SqsManagedSseEnabled'] === 'true') {
    throw invalidAttributeName(
      'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
    );
  }
  // It stays so when the key is taken away.
  if (changed['KmsMasterKeyId']) merged['SqsManagedSseEnabled'] = 'false';
  else if (changed['SqsManagedSseEnabled'] === 'true') delete merged['KmsMasterKeyId'];
  return merged;
}

const isNothing = (name: string, value: string): boolean =>
  value === '' || (redriveAttributes.has(name) && /^\s*\{\s*\}\s*$/.test(value));

/** Which of the attributes asked for have which value. Counts and times come from outside. */
export function describeAttributes(spec: QueueSpec, facts: Attributes, names: readonly string[]): Attributes {
  const all: Record<string, string> = {
    ...facts,
    ...defaults,
    ...(spec.isFifo && fifoDefaults),
    SqsManagedSseEnabled: 'true',
    KmsDataKeyReusePeriodSeconds: '300',
    ...spec.attributes,
  };
  if (!spec.attributes['KmsMasterKeyId']) delete all['KmsDataKeyReusePeriodSeconds'];
  for (const name of names) if (!isShowable(name)) throw unknownAttribute(name);
  if (names.includes('All')) return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

const fifoDefaults = {
  FifoQueue: 'true',
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
};

const isShowable = (name: string): boolean => name === 'All' || isSettable(name) || shownOnly.includes(name);

/** The first attribute that was asked for and differs from the queue that is there. */
export function differingAttribute(spec: QueueSpec, wanted: Attributes): string | undefined {
  const present = describeAttributes(spec, {}, ['All']);
  return Object.entries(wanted).find(
    ([name, value]) => (present[name] ?? '') !== value && !isSameJson(present[name], value),
  )?.[0];
}

function isSameJson(present: string | undefined, wanted: string): boolean {
  if (!present?.startsWith('{')) return false;
  try {
    return JSON.stringify(JSON.parse(present)) === JSON.stringify(JSON.parse(wanted));
  } catch {
    return false;
  }
}
