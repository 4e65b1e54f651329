// Answers that hold items: their JSON is put together from the items' own text, and is taken apart only for callers
// inside the cloud who ask for a member.

import { preparedJson } from '../../aws/prepared.ts';
import { type Item, itemToModel } from './attribute-value.ts';
import { textOfStored } from './stored-item.ts';

/** A member whose JSON is known. */
class RawMember {
  readonly text: string;
  readonly read: () => unknown;
  constructor(text: string, read: () => unknown) {
    this.text = text;
    this.read = read;
  }
}

export function rawItem(item: Item): RawMember {
  return new RawMember(JSON.stringify(item), () => itemToModel(item));
}

export function rawStored(stored: Buffer): RawMember {
  return rawText(textOfStored(stored));
}

/** An item's JSON. */
export function rawText(text: string): RawMember {
  return new RawMember(text, () => itemToModel(JSON.parse(text) as Item));
}

export function rawList(members: readonly RawMember[]): RawMember {
  return new RawMember(`[${members.map(({ text }) => text).join(',')}]`, () => members.map(({ read }) => read()));
}

/** Seconds since the epoch on the wire, milliseconds inside. */
export function rawTimestamp(atMs: number): RawMember {
  return new RawMember(String(Math.floor(atMs / 1000)), () => Math.floor(atMs / 1000) * 1000);
}

/** A structure with raw members among others; undefined ones are left out. */
export function rawStructure(members: Readonly<Record<string, unknown>>): RawMember {
  return new RawMember(textOf(members), () => membersOf(members));
}

export type { RawMember };

/** The output of an operation. */
export function answer<Output extends object>(members: Readonly<Record<string, unknown>>): Output {
  const output = membersOf(members);
  Object.defineProperty(output, preparedJson, { value: () => textOf(members) });
  return output as Output;
}

function textOf(members: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const name of Object.keys(members)) {
    const member = members[name];
    if (member === undefined) continue;
    const json = member instanceof RawMember ? member.text : JSON.stringify(member);
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${json}`;
  }
  return `{${text}}`;
}

function membersOf(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const output: Record<string, unknown> = {};
  for (const name of Object.keys(members)) {
    const member = members[name];
    if (member === undefined) continue;
    if (member instanceof RawMember) Object.defineProperty(output, name, { get: member.read, enumerable: true });
    else output[name] = member;
  }
  return output;
}
