// Turns outputs into plain values for JSON.stringify or the CBOR encoder, keeping only what the model has: nothing that
// a handler's rows carry beside leaks out. Shapes are compiled into closures on first use.

import type { Member, Shape, StructureShape, TimestampFormat } from '../model.ts';

export type DocumentWriter = (value: unknown) => unknown;

export interface DocumentEncodeStyle {
  readonly nameOf: (member: Member) => string;
  readonly writeBlob: DocumentWriter;
  readonly writeTimestamp: (atMs: number, format: TimestampFormat | undefined) => unknown;
  readonly writeDouble: DocumentWriter;
}

export interface DocumentEncoder {
  structure(shape: StructureShape): DocumentWriter;
  members(members: readonly Member[]): DocumentWriter;
}

const asIs: DocumentWriter = (value) => value;

export function createDocumentEncoder(style: DocumentEncodeStyle): DocumentEncoder {
  const structures = new Map<StructureShape, DocumentWriter>();

  function structure(shape: StructureShape): DocumentWriter {
    let write = structures.get(shape);
    if (!write) {
      let compiled: DocumentWriter | undefined;
      write = (value) => {
        compiled ??= shape.document ? asIs : members(shape.members);
        return compiled(value);
      };
      structures.set(shape, write);
    }
    return write;
  }

  function members(list: readonly Member[]): DocumentWriter {
    const fields = list
      .filter(({ shape }) => !(shape.type === 'structure' && shape.eventStream))
      .map((member) => ({ name: member.name, wireName: style.nameOf(member), write: memberWriter(member) }));
    return (value) => {
      const from = value as Readonly<Record<string, unknown>>;
      const result: Record<string, unknown> = {};
      for (const { name, wireName, write } of fields) {
        const field = from[name];
        if (field !== undefined && field !== null) result[wireName] = write(field);
      }
      return result;
    };
  }

  function memberWriter(member: Member): DocumentWriter {
    return member.shape.type === 'timestamp'
      ? (value) => style.writeTimestamp(value as number, member.timestampFormat)
      : writer(member.shape);
  }

  function writer(shape: Shape): DocumentWriter {
    switch (shape.type) {
      case 'structure':
        return structure(shape);
      case 'list': {
        const write = lazyWriter(() => memberWriter(shape.element));
        return (value) => (value as readonly unknown[]).map(write);
      }
      case 'map': {
        const write = lazyWriter(() => memberWriter(shape.value));
        return (value) => writeMap(value as object, write);
      }
      case 'blob':
        return style.writeBlob;
      case 'float':
      case 'double':
        return style.writeDouble;
      default:
        return asIs;
    }
  }

  return { structure, members };
}

function writeMap(value: object, write: DocumentWriter): unknown {
  const result = { __proto__: null } as unknown as Record<string, unknown>;
  for (const [key, entry] of Object.entries(value))
    if (entry !== undefined && entry !== null) result[key] = write(entry);
  return result;
}

/** Shapes may contain themselves, so what is inside is compiled only when the first value comes. */
function lazyWriter(make: () => DocumentWriter): DocumentWriter {
  let made: DocumentWriter | undefined;
  return (value) => {
    made ??= make();
    return made(value);
  };
}
