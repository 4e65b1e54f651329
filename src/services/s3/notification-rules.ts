// Which of a bucket's notifications an event is for.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html

import type { NotificationConfiguration, NotificationConfigurationFilter } from '../../generated/s3.types.ts';

export interface NotificationTarget {
  readonly kind: 'sqs' | 'sns' | 'lambda' | 'eventbridge';
  readonly arn: string;
  readonly configurationId: string;
}

export interface NotificationRule extends NotificationTarget {
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
}

export function notificationRules(configuration: NotificationConfiguration): readonly NotificationRule[] {
  const { QueueConfigurations = [], TopicConfigurations = [], LambdaFunctionConfigurations = [] } = configuration;
  const rule = (
    kind: NotificationTarget['kind'],
    arn: string,
    {
      Id = '',
      Events,
      Filter,
    }: { Id?: string | undefined; Events: readonly string[]; Filter?: NotificationConfigurationFilter | undefined },
  ): NotificationRule => ({ kind, arn, configurationId: Id, events: Events, ...affixesOf(Filter) });
  return [
    ...QueueConfigurations.map((one) => rule('sqs', one.QueueArn, one)),
    ...TopicConfigurations.map((one) => rule('sns', one.TopicArn, one)),
    ...LambdaFunctionConfigurations.map((one) => rule('lambda', one.LambdaFunctionArn, one)),
    ...(configuration.EventBridgeConfiguration ? [rule('eventbridge', '', { Events: eventBridgeEvents })] : []),
  ];
}

/** EventBridge is told of everything that it has events for. */
const eventBridgeEvents = [
  's3:ObjectCreated:*',
  's3:ObjectRemoved:*',
  's3:ObjectRestore:*',
  's3:ObjectTagging:*',
  's3:ObjectAcl:Put',
  's3:LifecycleExpiration:*',
  's3:LifecycleTransition',
];

export function affixesOf(filter: NotificationConfigurationFilter | undefined): { prefix: string; suffix: string } {
  const rules = filter?.Key?.FilterRules ?? [];
  const value = (name: string) => rules.find((rule) => rule.Name?.toLowerCase() === name)?.Value ?? '';
  return { prefix: value('prefix'), suffix: value('suffix') };
}

export function matchingRules(
  configuration: NotificationConfiguration | undefined,
  name: string,
  key: string,
): readonly NotificationRule[] {
  if (!configuration) return [];
  return notificationRules(configuration).filter(
    ({ events, prefix, suffix }) =>
      key.startsWith(prefix) && key.endsWith(suffix) && events.some((event) => covers(event, name)),
  );
}

export function isNotified(configuration: NotificationConfiguration | undefined, name: string, key: string): boolean {
  return matchingRules(configuration, name, key).length > 0;
}

/** `s3:ObjectCreated:*` covers `ObjectCreated:Put`. */
function covers(event: string, name: string): boolean {
  const wanted = event.replace(/^s3:/, '');
  return wanted === name || (wanted.endsWith('*') && name.startsWith(wanted.slice(0, -1)));
}
