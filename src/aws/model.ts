// AWS's own description of a service, read from src/generated on first use. What a service's operations are called,
// how they look on the wire and which inputs they admit is all decided here; our code adds only behaviour.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ProtocolName, ServiceId } from '../generated/index.ts';
import { type CompactShape, createShapes, type Shape, type StructureShape } from './shapes.ts';

export type * from './shapes.ts';
export type { ProtocolName, ServiceId };

export interface ServiceModel {
  readonly id: ServiceId;
  readonly serviceId: string;
  readonly apiVersion: string;
  readonly protocols: readonly ProtocolName[];
  readonly signingName: string;
  readonly endpointPrefix: string;
  readonly globalEndpoint?: string;
  readonly targetPrefix?: string;
  readonly jsonVersion?: string;
  readonly xmlNamespace?: string;
  readonly queryCompatible?: boolean;
  readonly operationNames: readonly string[];
  /** Undefined for a name that AWS does not have. */
  operation(name: string): OperationModel | undefined;
  /** An exception by its shape name or by its code on the query protocol. */
  exception(code: string): StructureShape | undefined;
}

export interface OperationModel {
  readonly service: ServiceModel;
  readonly name: string;
  readonly http: { readonly method: string; readonly requestUri: string; readonly responseCode: number };
  readonly input: StructureShape;
  readonly output: StructureShape;
  /** The element that wraps the input of a rest-xml operation. */
  readonly inputName: string | undefined;
  /** The root element of a rest-xml answer, where it is not the output shape's name. */
  readonly outputName: string | undefined;
  readonly resultWrapper: string | undefined;
  readonly errors: readonly StructureShape[];
  readonly hostPrefix: string | undefined;
  readonly noAuth: boolean;
  readonly unsignedPayload: boolean;
  readonly checksum: ChecksumTrait | undefined;
  /** Needs Content-MD5 or a checksum header. */
  readonly checksumRequired: boolean;
  readonly paginator: Paginator | undefined;
  readonly deprecated: boolean;
}

export interface ChecksumTrait {
  readonly requestAlgorithmMember?: string;
  readonly requestChecksumRequired?: boolean;
  readonly requestValidationModeMember?: string;
  readonly responseAlgorithms?: readonly string[];
}

/** Keys are JMESPath expressions; nearly all of them are the names of members. */
export interface Paginator {
  readonly inputToken: string | readonly string[];
  readonly outputToken: string | readonly string[];
  readonly limitKey?: string;
  readonly resultKey?: string | readonly string[];
  readonly moreResults?: string;
}

interface CompactOperation {
  readonly http: readonly [method: string, requestUri: string, responseCode?: number];
  readonly input?: string;
  readonly output?: string;
  readonly inputName?: string;
  readonly outputName?: string;
  readonly resultWrapper?: string;
  readonly errors?: readonly string[];
  readonly hostPrefix?: string;
  readonly noAuth?: boolean;
  readonly unsignedPayload?: boolean;
  readonly checksum?: ChecksumTrait;
  readonly checksumRequired?: boolean;
  readonly paginator?: Paginator;
  readonly deprecated?: boolean;
}

interface CompactModel {
  readonly metadata: Omit<ServiceModel, 'operationNames' | 'operation' | 'exception'>;
  readonly operations: Readonly<Record<string, CompactOperation>>;
  readonly shapes: Readonly<Record<string, CompactShape>>;
}

const models = new Map<string, ServiceModel>();
let folder: string | undefined;

/** Throws for an id that is not in `services` of src/generated/index.ts. */
export function loadServiceModel(id: string): ServiceModel {
  let model = models.get(id);
  if (!model) {
    model = createServiceModel(readCompactModel(id));
    models.set(id, model);
  }
  return model;
}

function readCompactModel(id: string): CompactModel {
  if (!/^[a-z0-9-]+$/.test(id)) throw new Error(`${JSON.stringify(id)} is not the id of a service`);
  folder ??= findGenerated();
  return JSON.parse(readFileSync(`${folder}${id}.shapes.json`, 'utf8')) as CompactModel;
}

/** In a checkout the models are in src/generated; beside a bundle in dist/generated. */
function findGenerated(): string {
  const candidates = ['../generated/', './generated/'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = candidates.find((path) => existsSync(`${path}sts.shapes.json`));
  if (found === undefined) throw new Error(`the service models are in none of ${candidates.join(', ')}`);
  return found;
}

export function createServiceModel(compact: CompactModel): ServiceModel {
  const shapeNamed = createShapes(compact.shapes);
  const operations = new Map<string, OperationModel>();
  let exceptions: Map<string, StructureShape> | undefined;
  const service: ServiceModel = {
    ...compact.metadata,
    operationNames: Object.keys(compact.operations),
    operation(name) {
      let operation = operations.get(name);
      if (!operation && Object.hasOwn(compact.operations, name)) {
        operation = createOperation(service, name, compact.operations[name]!, shapeNamed);
        operations.set(name, operation);
      }
      return operation;
    },
    exception(code) {
      exceptions ??= listExceptions(compact.shapes, shapeNamed);
      return exceptions.get(code);
    },
  };
  return service;
}

function listExceptions(
  shapes: Readonly<Record<string, CompactShape>>,
  shapeNamed: (name: string) => Shape,
): Map<string, StructureShape> {
  const names = Object.keys(shapes).filter((name) => shapes[name]?.exception);
  const found = new Map<string, StructureShape>();
  for (const name of names) found.set(name, structure(shapeNamed(name)));
  for (const name of names) {
    const code = shapes[name]?.error?.code;
    if (code !== undefined && !found.has(code)) found.set(code, structure(shapeNamed(name)));
  }
  return found;
}

function createOperation(
  service: ServiceModel,
  name: string,
  from: CompactOperation,
  shapeNamed: (name: string) => Shape,
): OperationModel {
  const [method, requestUri, responseCode = 200] = from.http;
  const lazy = (shapeName: string | undefined) => {
    let shape: StructureShape | undefined;
    return () => {
      shape ??= shapeName === undefined ? emptyStructure : structure(shapeNamed(shapeName));
      return shape;
    };
  };
  const input = lazy(from.input);
  const output = lazy(from.output);
  return {
    service,
    name,
    http: { method, requestUri, responseCode },
    get input() {
      return input();
    },
    get output() {
      return output();
    },
    inputName: from.inputName,
    outputName: from.outputName,
    resultWrapper: from.resultWrapper,
    get errors() {
      return (from.errors ?? []).map((error) => structure(shapeNamed(error)));
    },
    hostPrefix: from.hostPrefix,
    noAuth: from.noAuth === true,
    unsignedPayload: from.unsignedPayload === true,
    checksum: from.checksum,
    checksumRequired: from.checksumRequired === true || from.checksum?.requestChecksumRequired === true,
    paginator: from.paginator,
    deprecated: from.deprecated === true,
  };
}

const emptyStructure = structure(createShapes({ Empty: { type: 'structure' } })('Empty'));

function structure(shape: Shape): StructureShape {
  if (shape.type !== 'structure') throw new Error(`${shape.name} is a ${shape.type}, not a structure`);
  return shape;
}
