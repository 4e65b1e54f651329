// What SNS answers besides its operations: the certificate that its signatures are verified with, and what tests written
// for LocalStack look at: messages that were kept instead of sent, and the tokens of subscriptions. By another of its paths
// a phone opts out.

import { defaultAccount } from '../../aws/account.ts';
import { inspectedScope, inspectionAnswer, inspectionRefused, nothingThere } from '../../aws/inspection.ts';
import type { GatewayRequest, GatewayResponse } from '../../aws/request.ts';
import type { Front, FrontWorld } from '../../aws/service.ts';
import type { Scope } from '../../kernel/table.ts';
import { type OutboxRow, type OutboxSpec, outbox } from './outbox.table.ts';
import { certificatePath, signingKeyId, signingKeyScope, signingKeys } from './signing-keys.table.ts';
import { optedOutNumbers, optOutScope } from './sms.table.ts';
import { subscriptionArnOf, subscriptions } from './subscriptions.table.ts';
import { parseTopicArn } from './topics.table.ts';

const folder = '/_aws/sns/';

export function createFront(world: FrontWorld): Front {
  return (request, next) =>
    request.path.startsWith(folder) ? answer(world, request, request.path.slice(folder.length)) : next(request);
}

/** The certificate is for everybody: messages name it for whoever receives them. */
async function answer(world: FrontWorld, request: GatewayRequest, what: string): Promise<GatewayResponse> {
  const shown = certificate(world, request);
  if (shown) return shown;
  if (!world.mayInspect(request)) return inspectionRefused();
  const drawer = Object.hasOwn(drawers, what) ? drawers[what] : undefined;
  if (drawer && (request.method === 'GET' || request.method === 'DELETE')) return answerOutbox(world, request, drawer);
  const arn = /^subscription-tokens\/(.+)$/.exec(what)?.[1];
  if (arn !== undefined && request.method === 'GET') return answerToken(world, decoded(arn));
  if (what === 'phone-opt-outs' && request.method === 'POST') return optOut(world, request);
  return nothingThere(request);
}

const mostRead = 10_000;

async function optOut({ store }: FrontWorld, request: GatewayRequest): Promise<GatewayResponse> {
  const { phoneNumber, accountId = defaultAccount } = readJson(await request.body.read(mostRead));
  if (typeof phoneNumber !== 'string' || !/^\+\d{5,15}$/.test(phoneNumber) || !/^\d{12}$/.test(String(accountId)))
    return inspectionAnswer({ error: 'a phoneNumber is missing, or the accountId is not one' }, 400);
  store.changeSpecs((transaction) => {
    const numbers = transaction.table(optedOutNumbers, optOutScope({ account: String(accountId) }));
    if (!numbers.has(phoneNumber)) numbers.insert(phoneNumber, {});
  });
  await store.flushed();
  return inspectionAnswer({});
}

function readJson(body: Uint8Array | undefined): { readonly phoneNumber?: unknown; readonly accountId?: unknown } {
  try {
    return (JSON.parse(Buffer.from(body ?? []).toString()) as object | null) ?? {};
  } catch {
    return {};
  }
}

function certificate({ store }: FrontWorld, { method, path }: GatewayRequest): GatewayResponse | undefined {
  const key = store.read(signingKeys, signingKeyScope).get(signingKeyId)?.spec;
  if (!key || path !== certificatePath(key.certificateId) || (method !== 'GET' && method !== 'HEAD')) return undefined;
  return { status: 200, headers: { 'content-type': 'application/x-pem-file' }, body: key.certificatePem };
}

interface Drawer {
  readonly kind: OutboxSpec['kind'];
  /** The answer's member that lists the messages, and the parameter that picks one receiver. */
  readonly member: string;
  readonly parameter: string;
  /** What the receiver is called in a message. */
  readonly to: string;
}

const drawers: Readonly<Partial<Record<string, Drawer>>> = {
  'platform-endpoint-messages': {
    kind: 'application',
    member: 'platform_endpoint_messages',
    parameter: 'endpointArn',
    to: 'TargetArn',
  },
  'sms-messages': { kind: 'sms', member: 'sms_messages', parameter: 'phoneNumber', to: 'PhoneNumber' },
  'email-messages': { kind: 'email', member: 'email_messages', parameter: 'emailAddress', to: 'EmailAddress' },
};

function answerOutbox(world: FrontWorld, request: GatewayRequest, drawer: Drawer): GatewayResponse {
  const parameters = new URLSearchParams(request.query);
  const scope = inspectedScope(parameters);
  const receiver = parameters.get(drawer.parameter);
  const rows = rowsOf(world, scope, drawer).filter(({ spec }) => receiver === null || spec.to === receiver);
  if (request.method === 'DELETE') {
    world.store.changeStatuses((transaction) => {
      for (const { id } of rows) transaction.table(outbox, scope).remove(id);
    });
    return { status: 204, headers: {}, body: '' };
  }
  const byReceiver: Record<string, object[]> = receiver === null ? {} : { [receiver]: [] };
  for (const { spec } of rows) {
    byReceiver[spec.to] ??= [];
    byReceiver[spec.to]?.push(describeLetter(spec, drawer));
  }
  return inspectionAnswer({ [drawer.member]: byReceiver, region: scope.region });
}

function rowsOf({ store }: FrontWorld, scope: Scope, { kind }: Drawer): readonly OutboxRow[] {
  return [...store.read(outbox, scope).by('byKind', kind)].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function describeLetter(spec: OutboxSpec, { to }: Drawer): object {
  return {
    [to]: spec.to,
    TopicArn: spec.topicArn ?? null,
    SubscriptionArn: spec.subscriptionArn ?? null,
    MessageId: spec.messageId,
    Message: spec.message,
    MessageAttributes: spec.attributes ?? {},
    MessageStructure: spec.messageStructure ?? null,
    Subject: spec.subject ?? null,
  };
}

function answerToken({ store }: FrontWorld, arn: string): GatewayResponse {
  const address = parseTopicArn(arn);
  const id = arn.split(':').slice(5).join(':');
  if (!address || !id.includes(':'))
    return inspectionAnswer({ error: 'The provided SubscriptionARN is invalid', subscription_arn: arn }, 400);
  const row = store.read(subscriptions, address).get(id);
  if (!row) return inspectionAnswer({ error: 'The provided SubscriptionARN is not found', subscription_arn: arn }, 404);
  return inspectionAnswer({ subscription_token: row.spec.token, subscription_arn: subscriptionArnOf(row) });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
