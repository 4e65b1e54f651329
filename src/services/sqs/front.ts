// Shows what is in a queue without receiving it, at LocalStack's path: /_aws/sqs/messages?QueueUrl=…, or with region,
// account and name behind it. `ShowInvisible` and `ShowDelayed` show the others as well.

import { answerError } from '../../aws/error-answer.ts';
import { inspectedScope, inspectionAnswer, inspectionRefused } from '../../aws/inspection.ts';
import { loadServiceModel, type OperationModel } from '../../aws/model.ts';
import { protocolFor, protocols } from '../../aws/protocols/protocol-for.ts';
import { receive } from '../../aws/receive.ts';
import type { GatewayRequest, GatewayResponse } from '../../aws/request.ts';
import { signingNameOf } from '../../aws/route.ts';
import type { Front, FrontWorld } from '../../aws/service.ts';
import { parseCredential } from '../../aws/sigv4-credential.ts';
import type { PeekedMessage } from '../../drivers/messages/messages.ts';
import type { Message, ReceiveMessageRequest } from '../../generated/sqs.types.ts';
import { newUuid } from '../../kernel/ids.ts';
import type { Scope } from '../../kernel/table.ts';
import { parseQueueUrl } from './queue-urls.ts';
import { type QueueRow, queues, refOf } from './queues.table.ts';
import { describePeeked } from './received-messages.ts';
import { invalidAddress, onlyReceiveMessage, queueDoesNotExist } from './sqs.errors.ts';

const path = '/_aws/sqs/messages';

/** More than anyone looks at. */
const mostShown = 10_000;

export function createFront(world: FrontWorld): Front {
  return (request, next) =>
    request.path === path || request.path.startsWith(`${path}/`) ? answer(world, request) : next(request);
}

async function answer(world: FrontWorld, request: GatewayRequest): Promise<GatewayResponse> {
  if (!world.mayInspect(request)) return inspectionRefused();
  const operation = loadServiceModel('sqs').operation('ReceiveMessage') as OperationModel;
  const requestId = newUuid(world.random);
  try {
    const parameters = new URLSearchParams(request.query);
    const { queueUrl, scope, encode } =
      request.method === 'POST' ? await readOperation(request) : readPath(request, parameters);
    const Messages = await peek(world, requireQueue(world, queueUrl, scope), parameters);
    return encode(operation, Messages, requestId);
  } catch (error) {
    const failure = answerError({ error, request, requestId, operation, log: world.log });
    return wantsJson(request) ? withinErrorResponse(failure) : failure;
  }
}

const wantsJson = ({ method, headers }: GatewayRequest): boolean =>
  method !== 'POST' && headers['accept']?.includes('json') === true;

/** As the XML reads. */
const withinErrorResponse = ({ status, body }: GatewayResponse): GatewayResponse =>
  inspectionAnswer({ ErrorResponse: JSON.parse(String(body)) as unknown }, status);

interface Question {
  readonly queueUrl: string | undefined;
  readonly scope: Scope;
  encode(operation: OperationModel, messages: readonly Message[], requestId: string): GatewayResponse;
}

function readPath(request: GatewayRequest, parameters: URLSearchParams): Question {
  const scope = inspectedScope(parameters);
  const place = request.path.slice(path.length);
  return {
    queueUrl: place.length > 1 ? `/queue${place}` : (parameters.get('QueueUrl') ?? undefined),
    scope,
    encode: (operation, Messages, requestId) =>
      wantsJson(request)
        ? inspectionAnswer(describeInJson(Messages, requestId))
        : protocols.query.encode(operation, { Messages }, requestId),
  };
}

/** ReceiveMessage, sent here by a client that takes this path for its endpoint. */
async function readOperation(request: GatewayRequest): Promise<Question> {
  const { wire, route } = await receive(request, signingNameOf(request));
  if (route.operation.name !== 'ReceiveMessage') throw onlyReceiveMessage();
  const protocol = protocolFor(route.operation.service, wire);
  const input = protocol.decode(route.operation, wire, route.pathLabels) as Partial<ReceiveMessageRequest>;
  const credential = parseCredential(wire.headers, wire.query);
  const scope = inspectedScope(new URLSearchParams(request.query));
  return {
    queueUrl: input.QueueUrl,
    scope: credential.kind === 'anonymous' || credential.kind === 'legacy' ? scope : { ...scope, ...credential.scope },
    encode: (operation, Messages, requestId) => protocol.encode(operation, { Messages }, requestId),
  };
}

function requireQueue({ store }: FrontWorld, queueUrl: string | undefined, scope: Scope): QueueRow {
  if (!queueUrl) throw queueDoesNotExist();
  if (/^https?:\/\/[^/]*\/[^/]*$/.test(queueUrl)) throw invalidAddress(queueUrl);
  const address = parseQueueUrl(queueUrl, scope);
  const queue = address && store.read(queues, address).get(address.name);
  if (!queue) throw queueDoesNotExist();
  return queue;
}

async function peek(
  { drivers }: FrontWorld,
  queue: QueueRow,
  parameters: URLSearchParams,
): Promise<readonly Message[]> {
  const isOn = (name: string) => parameters.get(name)?.toLowerCase() === 'true';
  const [showInvisible, showDelayed] = [isOn('ShowInvisible'), isOn('ShowDelayed')];
  const messages = await drivers.messages.peek(refOf(queue), mostShown);
  const waiting = queue.spec.isFifo ? behindOthers(messages) : new Set();
  const isShown = (message: PeekedMessage) => {
    const { isVisible, receiveCount } = message;
    if (isVisible) return showInvisible || !waiting.has(message);
    return receiveCount > 0 ? showInvisible : showDelayed;
  };
  return messages.filter(isShown).map((message) => {
    const described = describePeeked(queue, message);
    const more = {
      ...(showInvisible && { IsVisible: String(message.isVisible || message.receiveCount === 0) }),
      ...(showDelayed && { IsDelayed: String(!message.isVisible && message.receiveCount === 0) }),
    };
    return { ...described, Attributes: { ...described.Attributes, ...more } };
  });
}

/** Visible messages of a FIFO queue that nobody gets, because one before them in their group is out. */
function behindOthers(messages: readonly PeekedMessage[]): ReadonlySet<PeekedMessage> {
  const shut = new Set<string | undefined>();
  return new Set(
    messages.filter(({ group, isVisible }) => {
      if (!isVisible) shut.add(group);
      return isVisible && shut.has(group);
    }),
  );
}

/** As the XML reads, member by member, and as tools that read XML give it: one message is no list. */
function describeInJson(messages: readonly Message[], requestId: string): object {
  const described = messages.map(({ Attributes = {}, MessageAttributes, MD5OfMessageAttributes, ...message }) => ({
    ...message,
    Attribute: Object.entries(Attributes).map(([Name, Value]) => ({ Name, Value })),
    ...(MD5OfMessageAttributes !== undefined && { MD5OfMessageAttributes }),
    ...(MessageAttributes && {
      MessageAttribute: Object.entries(MessageAttributes).map(([Name, { BinaryValue, ...value }]) => ({
        Name,
        Value: { ...value, ...(BinaryValue && { BinaryValue: Buffer.from(BinaryValue).toString('base64') }) },
      })),
    }),
  }));
  const Message = described.length === 1 ? described[0] : described;
  const ReceiveMessageResult = described.length === 0 ? null : { Message };
  return {
    ReceiveMessageResponse: { ReceiveMessageResult, ResponseMetadata: { RequestId: requestId } },
  };
}
