// The shapes of a service model, resolved on first use: what a compact entry of src/generated means.
// A member knows where it stands on the wire; a shape knows what it is and which values it admits.

export type MemberLocation = 'uri' | 'querystring' | 'header' | 'headers' | 'statusCode';
export type TimestampFormat = 'iso8601' | 'rfc822' | 'unixTimestamp';

export interface XmlNamespace {
  readonly uri: string;
  readonly prefix?: string;
}

export interface Member {
  /** The model's name, which is what our code sees. Empty for the elements of lists and maps. */
  readonly name: string;
  readonly shape: Shape;
  readonly required: boolean;
  readonly location: MemberLocation | undefined;
  readonly locationName: string | undefined;
  /** The name on the query protocols where it differs from locationName. */
  readonly queryName: string | undefined;
  readonly flattened: boolean;
  readonly streaming: boolean;
  readonly timestampFormat: TimestampFormat | undefined;
  readonly idempotencyToken: boolean;
  readonly xmlAttribute: boolean;
  readonly xmlNamespace: XmlNamespace | undefined;
  readonly eventPayload: boolean;
  readonly eventHeader: boolean;
  readonly hostLabel: boolean;
  /** A string that holds JSON, as API Gateway's headers do. */
  readonly jsonValue: boolean;
  readonly enum: readonly string[] | undefined;
}

interface ShapeTraits {
  readonly name: string;
  readonly sensitive: boolean;
}

/** `code` is the one on the query protocol; on JSON the shape's name is used. */
export interface ErrorTrait {
  readonly code: string;
  readonly statusCode: number;
  readonly fault: 'client' | 'server';
}

export interface StructureShape extends ShapeTraits {
  readonly type: 'structure';
  readonly members: readonly Member[];
  member(name: string): Member | undefined;
  readonly required: readonly string[];
  /** The member that is the whole HTTP body. */
  readonly payload: Member | undefined;
  readonly union: boolean;
  /** Free-form JSON rather than a structure. */
  readonly document: boolean;
  readonly eventStream: boolean;
  readonly error: ErrorTrait | undefined;
  readonly locationName: string | undefined;
  readonly xmlNamespace: XmlNamespace | undefined;
}

export interface ListShape extends ShapeTraits {
  readonly type: 'list';
  readonly element: Member;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface MapShape extends ShapeTraits {
  readonly type: 'map';
  readonly key: Member;
  readonly value: Member;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface StringShape extends ShapeTraits {
  readonly type: 'string';
  readonly enum: readonly string[] | undefined;
  readonly pattern: string | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface NumberShape extends ShapeTraits {
  readonly type: 'integer' | 'long' | 'float' | 'double';
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface BlobShape extends ShapeTraits {
  readonly type: 'blob';
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface BooleanShape extends ShapeTraits {
  readonly type: 'boolean';
}

export interface TimestampShape extends ShapeTraits {
  readonly type: 'timestamp';
}

export type Shape =
  | StructureShape
  | ListShape
  | MapShape
  | StringShape
  | NumberShape
  | BlobShape
  | BooleanShape
  | TimestampShape;

export interface CompactMember {
  readonly shape: string;
  readonly location?: MemberLocation;
  readonly locationName?: string;
  readonly queryName?: string;
  readonly flattened?: boolean;
  readonly streaming?: boolean;
  readonly timestampFormat?: TimestampFormat;
  readonly idempotencyToken?: boolean;
  readonly xmlAttribute?: boolean;
  readonly xmlNamespace?: XmlNamespace;
  readonly eventpayload?: boolean;
  readonly eventheader?: boolean;
  readonly hostLabel?: boolean;
  readonly jsonvalue?: boolean;
  readonly enum?: readonly string[];
}

export interface CompactShape {
  readonly type: string;
  readonly members?: Readonly<Record<string, string | CompactMember>>;
  readonly member?: string | CompactMember;
  readonly key?: string | CompactMember;
  readonly value?: string | CompactMember;
  readonly required?: readonly string[];
  readonly payload?: string;
  readonly union?: boolean;
  readonly document?: boolean;
  readonly eventstream?: boolean;
  readonly exception?: boolean;
  readonly error?: { readonly code?: string; readonly httpStatusCode?: number; readonly senderFault?: boolean };
  readonly fault?: boolean;
  readonly locationName?: string;
  readonly xmlNamespace?: XmlNamespace | string;
  readonly flattened?: boolean;
  readonly streaming?: boolean;
  readonly timestampFormat?: TimestampFormat;
  readonly sensitive?: boolean;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
}

const noTraits: CompactShape = { type: '' };

/** Resolves shapes by name, each once. A name that is not in `compact` is a primitive's ('string', 'integer' …). */
export function createShapes(compact: Readonly<Record<string, CompactShape>>): (name: string) => Shape {
  const resolved = new Map<string, Shape>();
  const traitsOf = (name: string): CompactShape => (Object.hasOwn(compact, name) ? compact[name]! : noTraits);
  const shapeNamed = (name: string): Shape => {
    let shape = resolved.get(name);
    if (!shape) {
      const from = traitsOf(name);
      shape = createShape(name, from === noTraits ? { type: name } : from, createMember);
      resolved.set(name, shape);
    }
    return shape;
  };
  const createMember: MemberMaker = (name, from, required) => {
    const own = typeof from === 'string' ? parseMember(from) : from;
    const target = traitsOf(own.shape);
    let shape: Shape | undefined;
    return {
      name,
      required,
      get shape() {
        shape ??= shapeNamed(own.shape);
        return shape;
      },
      location: own.location,
      locationName: own.locationName,
      queryName: own.queryName,
      flattened: own.flattened === true || target.flattened === true,
      streaming: own.streaming === true || target.streaming === true,
      timestampFormat: own.timestampFormat ?? target.timestampFormat,
      idempotencyToken: own.idempotencyToken === true,
      xmlAttribute: own.xmlAttribute === true,
      xmlNamespace: own.xmlNamespace ?? namespaceOf(target),
      eventPayload: own.eventpayload === true,
      eventHeader: own.eventheader === true,
      hostLabel: own.hostLabel === true,
      jsonValue: own.jsonvalue === true,
      enum: own.enum ?? target.enum,
    };
  };
  return shapeNamed;
}

type MemberMaker = (name: string, from: string | CompactMember, required: boolean) => Member;

/** `"Shape"` or `"Shape wireName"`. */
function parseMember(text: string): CompactMember {
  const space = text.indexOf(' ');
  return space < 0 ? { shape: text } : { shape: text.slice(0, space), locationName: text.slice(space + 1) };
}

function namespaceOf(from: CompactShape): XmlNamespace | undefined {
  return typeof from.xmlNamespace === 'string' ? { uri: from.xmlNamespace } : from.xmlNamespace;
}

function createShape(name: string, from: CompactShape, member: MemberMaker): Shape {
  const traits = { name, sensitive: from.sensitive === true };
  const { min, max } = from;
  switch (from.type) {
    case 'structure':
      return createStructure(name, from, member);
    case 'list':
      return { ...traits, type: 'list', element: member('', from.member!, false), min, max };
    case 'map':
      return {
        ...traits,
        type: 'map',
        key: member('', from.key!, false),
        value: member('', from.value!, false),
        min,
        max,
      };
    case 'string':
      return { ...traits, type: 'string', enum: from.enum, pattern: from.pattern, min, max };
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
    case 'blob':
      return { ...traits, type: from.type, min, max };
    case 'boolean':
    case 'timestamp':
      return { ...traits, type: from.type };
    default:
      throw new Error(`the model has no shape ${name} of type ${from.type}`);
  }
}

function createStructure(name: string, from: CompactShape, member: MemberMaker): StructureShape {
  const required = from.required ?? [];
  let members: readonly Member[] | undefined;
  const listed = () => {
    members ??= Object.entries(from.members ?? {}).map(([key, value]) => member(key, value, required.includes(key)));
    return members;
  };
  const find = (key: string) => listed().find((candidate) => candidate.name === key);
  return {
    name,
    sensitive: from.sensitive === true,
    type: 'structure',
    get members() {
      return listed();
    },
    member: find,
    required,
    get payload() {
      return from.payload === undefined ? undefined : find(from.payload);
    },
    union: from.union === true,
    document: from.document === true,
    eventStream: from.eventstream === true,
    error: from.exception ? errorTrait(name, from) : undefined,
    locationName: from.locationName,
    xmlNamespace: namespaceOf(from),
  };
}

function errorTrait(name: string, from: CompactShape): ErrorTrait {
  const server = from.fault === true || (from.error?.httpStatusCode ?? 400) >= 500;
  const statusCode = from.error?.httpStatusCode ?? (server ? 500 : 400);
  return { code: from.error?.code ?? name, statusCode, fault: server ? 'server' : 'client' };
}
