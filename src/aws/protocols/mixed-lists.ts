// Lists of one answer whose elements stand among each other on the wire, as S3's versions and delete markers do. The SDKs
// sort them into lists again; clients that read XML as it comes (minio-go, the first SDK for Java) show this order.

import type { Member } from '../model.ts';
import type { XmlEncoder, XmlWriter } from './xml-encode.ts';

const wireOrder = Symbol('wireOrder');

interface Mixed {
  readonly [wireOrder]?: readonly string[];
}

/** The same output, whose flattened lists go out mixed: `order` has the list's name for each element of all of them. */
export function mixLists<Output extends object>(output: Output, order: readonly (keyof Output & string)[]): Output {
  return Object.assign(output, { [wireOrder]: order } satisfies Mixed);
}

/** Writes members as the encoder does, but for lists that `mixLists` put in order: they stand where the first of them would. */
export function mixedContent(encoder: XmlEncoder, members: readonly Member[]): XmlWriter {
  const write = encoder.contentOf(members);
  let byName: ReadonlyMap<string, XmlWriter> | undefined;
  return (value) => {
    const order = (value as Mixed)[wireOrder];
    if (!order) return write(value);
    byName ??= new Map(members.map((member) => [member.name, encoder.contentOf([member])]));
    return writeMixed(value as Readonly<Record<string, unknown>>, byName, order);
  };
}

function writeMixed(
  output: Readonly<Record<string, unknown>>,
  writers: ReadonlyMap<string, XmlWriter>,
  order: readonly string[],
): string {
  const lists = new Map([...new Set(order)].map((name) => [name, (output[name] as readonly unknown[]).values()]));
  let isMixWritten = false;
  let xml = '';
  for (const [name, write] of writers) {
    if (!lists.has(name)) xml += write(output);
    else if (!isMixWritten) {
      isMixWritten = true;
      for (const list of order) xml += writers.get(list)?.({ [list]: [lists.get(list)?.next().value] });
    }
  }
  return xml;
}
