// What S3 takes for a notification configuration.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/NotificationHowTo.html

import { parseArn } from '../../aws/arn.ts';
import type { RequestContext } from '../../aws/operation.ts';
import type { NotificationConfiguration, NotificationConfigurationFilter } from '../../generated/s3.types.ts';
import { affixesOf, type NotificationRule, notificationRules } from './notification-rules.ts';
import { invalidArgument, malformedXml, notImplemented } from './s3.errors.ts';

const eventNames =
  /^s3:(?:ReducedRedundancyLostObject|ObjectCreated:(?:\*|Put|Post|Copy|CompleteMultipartUpload)|ObjectRemoved:(?:\*|Delete|DeleteMarkerCreated)|ObjectRestore:(?:\*|Post|Completed|Delete)|Replication:(?:\*|OperationFailedReplication|OperationNotTracked|OperationMissedThreshold|OperationReplicatedAfterThreshold)|LifecycleTransition|IntelligentTiering|ObjectAcl:Put|LifecycleExpiration:(?:\*|Delete|DeleteMarkerCreated)|ObjectTagging:(?:\*|Put|Delete)|ObjectAnnotation:.*)$/;

/** Gives every configuration an id. Returns undefined for one that asks for nothing. */
export function checkNotifications(
  { random }: Pick<RequestContext, 'random'>,
  region: string,
  configuration: NotificationConfiguration,
): NotificationConfiguration | undefined {
  const withId = <
    T extends { readonly Id?: string | undefined; readonly Filter?: NotificationConfigurationFilter | undefined },
  >(
    list: readonly T[] | undefined,
  ) =>
    list?.map((one) => {
      checkFilter(one.Filter);
      const Id = one.Id || Buffer.from(random.bytes(24)).toString('base64url');
      return { ...one, Id, ...(one.Filter && { Filter: named(one.Filter) }) };
    });
  const checked: NotificationConfiguration = {
    ...configuration,
    QueueConfigurations: withId(configuration.QueueConfigurations),
    TopicConfigurations: withId(configuration.TopicConfigurations),
    LambdaFunctionConfigurations: withId(configuration.LambdaFunctionConfigurations),
  };
  const rules = notificationRules(checked);
  for (const rule of rules) checkRule(rule, region);
  const unbuilt = rules.find(({ kind }) => kind === 'lambda' || kind === 'eventbridge');
  if (unbuilt) throw notImplemented(`notifications to ${unbuilt.kind}`);
  checkOverlaps(rules.filter(({ kind }) => kind !== 'eventbridge'));
  return rules.length === 0 ? undefined : checked;
}

const expectedServices = { sqs: 'sqs', sns: 'sns', lambda: 'lambda', eventbridge: '' } as const;

function checkRule({ kind, arn, events }: NotificationRule, region: string): void {
  if (kind === 'eventbridge') return;
  const target = parseArn(arn);
  if (!target) {
    throw invalidArgument('The ARN could not be parsed', kind === 'sqs' ? 'Queue' : 'Topic/Queue/Lambda ARN', arn);
  }
  if (target.service !== expectedServices[kind]) {
    throw invalidArgument('The ARN could not be parsed or has the wrong service', 'arn', arn);
  }
  if (target.region !== region) {
    throw invalidArgument(
      'The notification destination service region is not valid for the bucket location constraint',
      'arn',
      arn,
    );
  }
  for (const event of events) {
    if (!eventNames.test(event)) throw invalidArgument('The event is not supported for notifications', 'Event', event);
  }
}

/** Names are taken in any case, and shown in one. */
function named(filter: NotificationConfigurationFilter): NotificationConfigurationFilter {
  const FilterRules = filter.Key?.FilterRules?.map((rule) => ({
    ...rule,
    Name: (rule.Name?.toLowerCase() === 'prefix' ? 'Prefix' : 'Suffix') as 'prefix',
  }));
  return FilterRules ? { Key: { FilterRules } } : filter;
}

function checkFilter(filter: NotificationConfigurationFilter | undefined): void {
  const rules = filter?.Key?.FilterRules ?? [];
  if (rules.some(({ Name, Value }) => Name === undefined || Value === undefined)) throw malformedXml();
  const names = rules.map(({ Name }) => Name?.toLowerCase());
  const strange = names.findIndex((name) => name !== 'prefix' && name !== 'suffix');
  if (strange >= 0) {
    throw invalidArgument(
      'filter rule name must be either prefix or suffix',
      'FilterRule.Name',
      rules[strange]?.Name as string,
    );
  }
  if (new Set(names).size < names.length) {
    throw invalidArgument('Cannot specify more than one prefix or suffix rule in a filter.', 'FilterRule.Name');
  }
  const { prefix, suffix } = affixesOf(filter);
  if (Buffer.byteLength(prefix) > 1024 || Buffer.byteLength(suffix) > 1024) {
    throw invalidArgument(
      'Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation',
      'FilterRule.Value',
    );
  }
}

/** Two configurations must not be for the same event of the same key. */
function checkOverlaps(rules: readonly NotificationRule[]): void {
  for (const [at, rule] of rules.entries()) {
    for (const other of rules.slice(at + 1)) {
      const sharesEvent = rule.events.some((event) => other.events.some((another) => overlap(event, another)));
      const sharesKey =
        (rule.prefix.startsWith(other.prefix) || other.prefix.startsWith(rule.prefix)) &&
        (rule.suffix.endsWith(other.suffix) || other.suffix.endsWith(rule.suffix));
      if (sharesEvent && sharesKey) {
        throw invalidArgument(
          'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
          'NotificationConfiguration',
        );
      }
    }
  }
}

function overlap(a: string, b: string): boolean {
  const [shortA, shortB] = [a.replace(/\*$/, ''), b.replace(/\*$/, '')];
  if (a === b) return true;
  return (a.endsWith('*') && b.startsWith(shortA)) || (b.endsWith('*') && a.startsWith(shortB));
}
