// What SNS's operations need to be allowed, and where its resource policies are.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html

import { parseArn } from '../../aws/arn.ts';
import {
  type Authorizations,
  as,
  on,
  onAll,
  type ResourcePolicySource,
  type ResourceRef,
  type Rows,
  resource,
} from '../../aws/authorization.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { SnsApi } from '../../generated/sns.types.ts';
import type { Scope } from '../../kernel/table.ts';
import { defaultPolicy } from './topic-policy.ts';
import { parseTopicArn, topicArnOf, topics } from './topics.table.ts';

const ref = ({ account, region }: Scope, name: string): ResourceRef => ({
  arn: topicArnOf({ account, region, id: name }),
  account,
  region,
  id: name,
});

const findTopic = ({ account, region, id }: ResourceRef, rows: Rows) => rows.read(topics, { account, region }).get(id);

/** A subscription's ARN stands for its topic. */
function topicBy<Input>(arnOf: (input: Input) => string | undefined) {
  return resource({
    type: 'topic',
    of(input: Input) {
      const address = parseTopicArn(arnOf(input) ?? '');
      return address ? [ref(address, address.name)] : [];
    },
    find: findTopic,
    tags: ({ spec }) => spec.tags,
  });
}

const topic = topicBy<{ readonly TopicArn: string }>(({ TopicArn }) => TopicArn);
const tagged = topicBy<{ readonly ResourceArn: string }>(({ ResourceArn }) => ResourceArn);
/** An ARN without a subscription's id is nobody's: the operation says so. */
const subscribed = topicBy<{ readonly SubscriptionArn: string }>(({ SubscriptionArn }) =>
  SubscriptionArn.split(':').length < 7 ? undefined : SubscriptionArn,
);

const newTopic = resource({
  type: 'topic',
  of: ({ Name }: { readonly Name: string }, ctx) => [ref(ctx, Name)],
  find: findTopic,
  tags: ({ spec }) => spec.tags,
});

/** AWS asks with the account's ARN where it asks about all topics. */
const everyTopic = resource({ type: [], of: (_input: unknown, ctx) => [ref(ctx, '*')] });

interface Published {
  readonly TopicArn?: string | undefined;
  readonly TargetArn?: string | undefined;
  readonly PhoneNumber?: string | undefined;
}

/**
 * A topic, a mobile endpoint, whose ARN is as it stands, or a phone: AWS asks with its number, which `NotResource` of all
 * topics leaves in.
 */
const published = resource({
  type: 'topic',
  of({ TopicArn, TargetArn, PhoneNumber }: Published, ctx) {
    if (PhoneNumber !== undefined) return [{ arn: PhoneNumber, account: ctx.account, region: ctx.region, id: '' }];
    const arn = TopicArn ?? TargetArn ?? '';
    const address = parseTopicArn(arn);
    if (!address) return [];
    const { account, region, name } = address;
    return [name.includes('/') ? { arn, account, region, id: '' } : ref(address, name)];
  },
  find: findTopic,
  tags: ({ spec }) => spec.tags,
});

/** Platform applications and their endpoints: AWS's table knows no such resources, but asks with their ARNs. */
function platformBy<Input>(arnOf: (input: Input) => string) {
  return resource({
    type: [],
    of(input: Input) {
      const arn = arnOf(input);
      const parsed = parseArn(arn);
      return parsed?.service === 'sns' ? [{ arn, account: parsed.account, region: parsed.region, id: '' }] : [];
    },
  });
}

const application = platformBy<{ readonly PlatformApplicationArn: string }>((input) => input.PlatformApplicationArn);
const endpoint = platformBy<{ readonly EndpointArn: string }>(({ EndpointArn }) => EndpointArn);

export const snsAuthorization = {
  AddPermission: on(topic),
  CheckIfPhoneNumberIsOptedOut: onAll,
  ConfirmSubscription: on(topic),
  CreatePlatformApplication: onAll,
  CreatePlatformEndpoint: on(application),
  CreateSMSSandboxPhoneNumber: onAll,
  CreateTopic: on(newTopic, { requestTags: ({ Tags }) => tagsByKey(Tags) }),
  DeleteEndpoint: on(endpoint),
  DeletePlatformApplication: on(application),
  DeleteSMSSandboxPhoneNumber: onAll,
  DeleteTopic: on(topic),
  GetDataProtectionPolicy: on(tagged),
  GetEndpointAttributes: on(endpoint),
  GetPlatformApplicationAttributes: on(application),
  GetSMSAttributes: onAll,
  GetSMSSandboxAccountStatus: onAll,
  GetSubscriptionAttributes: on(subscribed),
  GetTopicAttributes: on(topic),
  ListEndpointsByPlatformApplication: on(application),
  ListOriginationNumbers: onAll,
  ListPhoneNumbersOptedOut: onAll,
  ListPlatformApplications: onAll,
  ListSMSSandboxPhoneNumbers: onAll,
  ListSubscriptions: on(everyTopic),
  ListSubscriptionsByTopic: on(topic),
  ListTagsForResource: on(tagged),
  ListTopics: on(everyTopic),
  OptInPhoneNumber: onAll,
  Publish: on(published),
  PublishBatch: as('sns:Publish', topic),
  PutDataProtectionPolicy: on(tagged),
  RemovePermission: on(topic),
  SetEndpointAttributes: on(endpoint),
  SetPlatformApplicationAttributes: on(application),
  SetSMSAttributes: onAll,
  SetSubscriptionAttributes: on(subscribed),
  SetTopicAttributes: on(topic),
  Subscribe: on(topic, {
    keys: { 'sns:Protocol': ({ Protocol }) => Protocol, 'sns:Endpoint': ({ Endpoint }) => Endpoint },
  }),
  TagResource: on(tagged, { requestTags: ({ Tags }) => tagsByKey(Tags) }),
  Unsubscribe: on(subscribed),
  UntagResource: on(tagged, { tagKeys: ({ TagKeys }) => TagKeys }),
  VerifySMSSandboxPhoneNumber: onAll,
} satisfies Authorizations<SnsApi>;

export const topicPolicies: ResourcePolicySource = {
  tables: [topics.name],
  find(of, rows) {
    const policy = findTopic(of, rows);
    if (!policy) return undefined;
    const text = policy.spec.attributes['Policy'];
    return text === undefined ? { text: defaultPolicy(of.arn, of.account), isDefault: true } : { text };
  },
  ownersRootMay: ['sns:GetTopicAttributes', 'sns:SetTopicAttributes', 'sns:RemovePermission', 'sns:DeleteTopic'],
};
