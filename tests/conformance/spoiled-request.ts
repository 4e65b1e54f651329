// A good request for some operation, and what is left of it after some spoiling.

import { loadServiceModel, type OperationModel, type ProtocolName, type ServiceId } from '../../src/aws/model.ts';
import { seededRandom } from '../../src/aws/protocols/random-values.testing.ts';
import type { Service } from '../../src/aws/service.ts';
import { services as entries } from '../../src/generated/index.ts';
import { encodeRequest, type Signer, type WireMessage } from './encode-request.ts';
import { pick } from './mutation.ts';
import { allMutations, mutationsFor } from './mutations.ts';
import { isBuilt } from './test-cloud.ts';
import { oftenGiven, usual } from './usual.ts';
import { type Chance, createValidInputs } from './valid-input.ts';

export interface GoodRequest {
  readonly operation: OperationModel;
  readonly message: WireMessage;
}

export interface GoodRequestOptions {
  readonly protocol: ProtocolName;
  /** Mostly of these, as far as they speak the protocol. */
  readonly services?: readonly Service[];
  readonly signer: Signer;
  /** What operations have answered, so that some of the ids exist. */
  readonly outputs?: readonly Output[];
}

export interface Output {
  readonly operation: OperationModel;
  readonly output: unknown;
}

export function goodRequest(options: GoodRequestOptions, chance: Chance): GoodRequest {
  const { protocol, services = [], signer, outputs = [] } = options;
  const speaking = entries.filter(({ protocols }) => protocols.includes(protocol)).map(({ id }) => id);
  const built = services.filter(({ id }) => speaking.includes(id));
  const service = built.length > 0 && chance() < 0.9 ? pick(built, chance) : undefined;
  const id: ServiceId = service?.id ?? pick(speaking, chance);
  const names = loadServiceModel(id).operationNames.filter((name) => !service || isBuilt(service, name));
  const operation = loadServiceModel(id).operation(pick(names, chance)) as OperationModel;
  const inputs = createValidInputs(chance, usual, oftenGiven);
  for (const known of outputs) inputs.remember(known.operation.output, known.output);
  const input = inputs.of(operation, chance() * 0.5);
  return { operation, message: encodeRequest(operation, input, protocol, signer) };
}

/** One spoiling: which of the ways that fit the request, by a number, and the seed of what it chooses. */
export interface Spoil {
  readonly which: number;
  readonly seed: number;
}

export function spoil(
  message: WireMessage,
  spoils: readonly Spoil[],
): { readonly message: WireMessage; readonly how: string } {
  const how: string[] = [];
  let spoiled = message;
  for (const { which, seed } of spoils) {
    const names = mutationsFor(message.headers['content-type'] ?? '');
    const name = names[which % names.length] as keyof typeof allMutations;
    how.push(name);
    spoiled = (allMutations[name] as (typeof allMutations)[string])(spoiled, seededRandom(seed));
  }
  return { message: spoiled, how: how.join(' + ') };
}

/** For messages of failing tests. */
export function showMessage({ method, path, query, headers, body }: WireMessage): string {
  const cut = (text: string, length: number) => (text.length > length ? `${text.slice(0, length)}…` : text);
  const head = `${method} ${cut(path, 300)}?${cut(query, 300)} ${cut(JSON.stringify(headers), 2_000)}`;
  return `${head}\n${cut(Buffer.from(body).toString('latin1'), 2_000)}`;
}
