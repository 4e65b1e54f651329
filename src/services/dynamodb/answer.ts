// Answers that hold items: their JSON is put together from the items' own text, and is taken apart only for callers
// inside the cloud who ask for a member.

import { type Prepared, preparedJson } from '../../aws/prepared.ts';
import { type Item, itemToModel } from './attribute-value.ts';
import { textOfStored } from './stored-item.ts';

/** A member whose JSON is known. */
export interface RawMember {
  readonly text: string;
  /** The member as the model has it. */
  read(): unknown;
}

class RawItem implements RawMember {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  read(): unknown {
    return itemToModel(JSON.parse(this.text) as Item);
  }
}

class RawList implements RawMember {
  readonly text: string;
  readonly #members: readonly RawMember[];
  constructor(members: readonly RawMember[]) {
    let text = '';
    for (const member of members) text += text === '' ? member.text : `,${member.text}`;
    this.text = `[${text}]`;
    this.#members = members;
  }
  read(): unknown {
    return this.#members.map((member) => member.read());
  }
}

class RawStructure implements RawMember {
  readonly text: string;
  readonly #members: Members;
  constructor(members: Members) {
    this.text = textOf(members);
    this.#members = members;
  }
  read(): unknown {
    return readMembers(this.#members);
  }
}

class RawTimestamp implements RawMember {
  readonly text: string;
  readonly #seconds: number;
  constructor(atMs: number) {
    this.#seconds = Math.floor(atMs / 1000);
    this.text = String(this.#seconds);
  }
  read(): unknown {
    return this.#seconds * 1000;
  }
}

type Members = Readonly<Record<string, unknown>>;

export const rawItem = (item: Item): RawMember => new RawItem(JSON.stringify(item));
/** An item's JSON. */
export const rawText = (text: string): RawMember => new RawItem(text);
export const rawStored = (stored: string): RawMember => new RawItem(textOfStored(stored));
export const rawList = (members: readonly RawMember[]): RawMember => new RawList(members);
/** A structure with raw members among others; undefined ones are left out. */
export const rawStructure = (members: Members): RawMember => new RawStructure(members);
/** Seconds since the epoch on the wire, milliseconds inside. */
export const rawTimestamp = (atMs: number): RawMember => new RawTimestamp(atMs);

/** The output of an operation. What nobody asks for inside the cloud is never made: the members are behind a proxy. */
export function answer<Output extends object>(members: Members): Output {
  for (const name in members) if (members[name] !== undefined) return lazyAnswer(members) as Output;
  return emptyAnswer as Output;
}

const lazyAnswer = (members: Members): object => new Proxy(new AnswerTarget(members), lazily);

class AnswerTarget implements Prepared {
  readonly members: Members;
  #read: Readonly<Record<string, unknown>> | undefined;
  constructor(members: Members) {
    this.members = members;
  }
  [preparedJson] = (): string => textOf(this.members);
  read(): Readonly<Record<string, unknown>> {
    this.#read ??= readMembers(this.members);
    return this.#read;
  }
}

/** Whatever awaits an answer asks it for `then`: nothing is read for a name that it has not. */
const lazily: ProxyHandler<AnswerTarget> = {
  get(target, name) {
    if (typeof name !== 'string') return Reflect.get(target, name, target);
    return Object.hasOwn(target.members, name) ? target.read()[name] : undefined;
  },
  has: (target, name) => (typeof name === 'string' ? Object.hasOwn(target.members, name) : name in target),
  ownKeys: (target) => Object.keys(target.read()),
  getOwnPropertyDescriptor: (target, name) =>
    typeof name === 'string' && Object.hasOwn(target.read(), name)
      ? { value: target.read()[name], enumerable: true, configurable: true }
      : undefined,
};

/** Of most writes. */
const emptyAnswer = lazyAnswer({});

function isRaw(member: unknown): member is RawMember {
  return (
    member instanceof RawItem ||
    member instanceof RawList ||
    member instanceof RawStructure ||
    member instanceof RawTimestamp
  );
}

function textOf(members: Members): string {
  let text = '';
  for (const name of Object.keys(members)) {
    const member = members[name];
    if (member === undefined) continue;
    const json = isRaw(member) ? member.text : JSON.stringify(member);
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${json}`;
  }
  return `{${text}}`;
}

function readMembers(members: Members): Record<string, unknown> {
  const output: Record<string, unknown> = {};
  for (const name of Object.keys(members)) {
    const member = members[name];
    if (member !== undefined) output[name] = isRaw(member) ? member.read() : member;
  }
  return output;
}
