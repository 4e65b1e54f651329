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
import { missingParameter, queueDoesNotExist } from './sqs.errors.ts';

const path = '/_aws/sqs/messages';

/** More than anyone looks at. */
const mostShown = 10_000;

export function createFront(world: FrontWorld): Front {
  return async (request, next) => {
    if (request.path !== path && !request.path.startsWith(`${path}/`)) return next(request);
    return world.mayInspect(request) ? answer(world, request) : inspectionRefused();
  };
}

async function answer(world: FrontWorld, request: GatewayRequest): Promise<GatewayResponse> {
  const operation = loadServiceModel('sqs').operation('ReceiveMessage') as OperationModel;
  const requestId = newUuid(world.random);
  try {
    const parameters = new URLSearchParams(request.query);
    const { queueUrl, scope, encode } =
      request.method === 'POST' ? await readOperation(request) : readPath(request, parameters);
    const Messages = await peek(world, requireQueue(world, queueUrl, scope), parameters);
    return encode(operation, Messages, requestId);
  } catch (error) {
    return answerError({ error, request, requestId, operation, log: world.log });
  }
}

interface Question {
  readonly queueUrl: string | undefined;
  readonly scope: Scope;
  encode(operation: OperationModel, messages: readonly Message[], requestId: string): GatewayResponse;
}

function readPath({ path: asked, headers }: GatewayRequest, parameters: URLSearchParams): Question {
  const scope = inspectedScope(parameters);
  const place = asked.slice(path.length);
  return {
    queueUrl: place.length > 1 ? `/queue${place}` : (parameters.get('QueueUrl') ?? undefined),
    scope,
    encode: (operation, Messages, requestId) =>
      headers['accept']?.includes('json')
        ? inspectionAnswer(describeInJson(Messages, requestId))
        : protocols.query.encode(operation, { Messages }, requestId),
  };
}

/** ReceiveMessage, sent here by a client that takes this path for its endpoint. */
async function readOperation(request: GatewayRequest): Promise<Question> {
  const { wire, route } = await receive(request, signingNameOf(request));
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
  if (!queueUrl) throw missingParameter('QueueUrl');
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
  const isShown = ({ isVisible, receiveCount }: PeekedMessage) =>
    isVisible || isOn(receiveCount > 0 ? 'ShowInvisible' : 'ShowDelayed');
  const messages = await drivers.messages.peek(refOf(queue), mostShown);
  return messages.filter(isShown).map((message) => describePeeked(queue, message));
}

/** As the XML reads, member by member. */
function describeInJson(messages: readonly Message[], requestId: string): object {
  const Message = messages.map(({ Attributes = {}, MessageAttributes, MD5OfMessageAttributes, ...message }) => ({
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
  return {
    ReceiveMessageResponse: { ReceiveMessageResult: { Message }, ResponseMetadata: { RequestId: requestId } },
  };
}
