// What a wire protocol is: bytes to an operation's input, and its output or error back to bytes. One file each beside
// this one; protocol-for.ts chooses among them.

import type { AwsError } from '../errors.ts';
import type { OperationModel, ProtocolName, ServiceModel } from '../model.ts';

export interface WireRequest {
  readonly method: string;
  /** Raw: percent-encoded, without the query. */
  readonly path: string;
  /** Raw, without the question mark. */
  readonly query: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body; empty when there is none. */
  readonly body: Uint8Array;
  /** Set instead of `body` for operations whose input has a streaming payload. */
  readonly stream?: AsyncIterable<Uint8Array> | undefined;
  /** Header fields that follow a streamed body, in lower case; complete once it was read to its end. */
  readonly trailers?: ReadonlyMap<string, string>;
}

export interface WireResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Record<string, string>;
  /** Of a stream, each piece is the receiver's until it asks for the next one. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export interface WireResponseParts extends Omit<WireResponse, 'body'> {
  readonly parts: Iterable<string>;
}

/** An output's member that names the status of its answer, where the model has no member for it (S3: 206 for a range). */
export const answerStatus: unique symbol = Symbol('status');

/** Headers of an answer that the model has no member for, in lower case. */
export const answerHeaders: unique symbol = Symbol('headers');

export type PathLabels = Readonly<Record<string, string>>;

export interface Protocol {
  readonly name: ProtocolName;
  /** Throws AwsError and nothing else, whatever the bytes are. */
  decode(operation: OperationModel, request: WireRequest, pathLabels: PathLabels): unknown;
  encode(operation: OperationModel, output: unknown, requestId: string): WireResponse;
  /** The same, where answers may be so long that others should be seen to between two parts of the body. */
  encodeParts?(operation: OperationModel, output: unknown, requestId: string): WireResponseParts;
  encodeError(service: ServiceModel, error: AwsError, requestId: string, operation?: OperationModel): WireResponse;
}

/** Deeper than any AWS input; beyond it a body is refused rather than followed into the stack's end. */
export const deepestNesting = 512;

/** What is wrong with a value on the wire. Each protocol turns it into its own AWS error. */
export interface Fault {
  /** As the framework behind most AWS services words it. */
  readonly reason: string;
  /** The member's name on the wire and its value, where one is to blame. */
  readonly member?: string;
  readonly value?: string;
}

/** Makes the error to throw for a fault. */
export type Refuse = (fault: Fault) => AwsError;

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes;
}

/** `structure`'s fields of an output, or nothing when a handler returned nothing. */
export function fieldsOf(output: unknown): Readonly<Record<string, unknown>> {
  return typeof output === 'object' && output !== null ? (output as Record<string, unknown>) : {};
}
