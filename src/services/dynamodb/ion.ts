// Items as Amazon Ion text, as exports write them and imports read them: numbers are decimals, sets are lists that say so.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html

import type { Reader, Writer } from 'ion-js';
import { type Item, newItem, type Value } from './attribute-value.ts';

/** Loaded only where Ion is asked for. */
export type Ion = typeof import('ion-js');

export const loadIon = (): Promise<Ion> => import('ion-js');

/** One line of text, without the end of the line. */
export function ionText(ion: Ion, members: Readonly<Record<string, Item>>): string {
  const writer = ion.makeTextWriter();
  writer.stepIn(ion.IonTypes.STRUCT);
  for (const [name, item] of Object.entries(members)) {
    writer.writeFieldName(name);
    writeStruct(ion, writer, item);
  }
  writer.stepOut();
  writer.close();
  return `$ion_1_0 ${Buffer.from(writer.getBytes()).toString()}`;
}

function writeStruct(ion: Ion, writer: Writer, item: Item): void {
  writer.stepIn(ion.IonTypes.STRUCT);
  for (const name of Object.keys(item)) {
    writer.writeFieldName(name);
    writeValue(ion, writer, item[name] as Value);
  }
  writer.stepOut();
}

function writeValue(ion: Ion, writer: Writer, value: Value): void {
  if ('S' in value) writer.writeString(value.S);
  else if ('N' in value) writer.writeDecimal(ion.Decimal.parse(value.N));
  else if ('B' in value) writer.writeBlob(Buffer.from(value.B, 'base64'));
  else if ('BOOL' in value) writer.writeBoolean(value.BOOL);
  else if ('NULL' in value) writer.writeNull(ion.IonTypes.NULL);
  else if ('M' in value) writeStruct(ion, writer, value.M);
  else if ('L' in value) writeList(ion, writer, undefined, value.L);
  else if ('SS' in value) writeList(ion, writer, '$dynamodb_SS', membersOf('S', value.SS));
  else if ('NS' in value) writeList(ion, writer, '$dynamodb_NS', membersOf('N', value.NS));
  else writeList(ion, writer, '$dynamodb_BS', membersOf('B', value.BS));
}

function membersOf(type: 'S' | 'N' | 'B', members: readonly string[]): readonly Value[] {
  return members.map((member) => ({ [type]: member }) as unknown as Value);
}

function writeList(ion: Ion, writer: Writer, annotation: string | undefined, members: readonly Value[]): void {
  if (annotation !== undefined) writer.setAnnotations([annotation]);
  writer.stepIn(ion.IonTypes.LIST);
  for (const member of members) writeValue(ion, writer, member);
  writer.stepOut();
}

/** What stands under `Item` in a struct: values as a request has them, still to be checked. Throws for anything else. */
export function parseIonItem(ion: Ion, text: string): Item {
  const reader = ion.makeReader(text);
  if (reader.next() !== ion.IonTypes.STRUCT) throw new SyntaxError('not a struct');
  reader.stepIn();
  for (let type = reader.next(); type; type = reader.next()) {
    if (reader.fieldName() === 'Item' && type === ion.IonTypes.STRUCT) return readStruct(ion, reader);
  }
  throw new SyntaxError('no Item');
}

function readStruct(ion: Ion, reader: Reader): Item {
  const item = newItem();
  reader.stepIn();
  for (let type = reader.next(); type; type = reader.next()) item[reader.fieldName() ?? ''] = readValue(ion, reader);
  reader.stepOut();
  return item;
}

function readValue(ion: Ion, reader: Reader): Value {
  const { IonTypes } = ion;
  if (reader.isNull()) return { NULL: true };
  switch (reader.type()) {
    case IonTypes.STRING:
      return { S: reader.stringValue() ?? '' };
    case IonTypes.BOOL:
      return { BOOL: reader.booleanValue() === true };
    case IonTypes.DECIMAL:
      return { N: String(reader.decimalValue()).replace('d', 'e').replace(/\.$/, '') };
    case IonTypes.INT:
      return { N: String(reader.bigIntValue()) };
    case IonTypes.FLOAT:
      return { N: String(reader.numberValue()) };
    case IonTypes.BLOB:
    case IonTypes.CLOB:
      return { B: Buffer.from(reader.uInt8ArrayValue() ?? []).toString('base64') };
    case IonTypes.STRUCT:
      return { M: readStruct(ion, reader) };
    case IonTypes.LIST:
      return readList(ion, reader);
    default:
      throw new SyntaxError(`no DynamoDB type for ${reader.type()?.name}`);
  }
}

function readList(ion: Ion, reader: Reader): Value {
  const set = /^\$dynamodb_([SNB])S$/.exec(reader.annotations()[0] ?? '')?.[1];
  const members: Value[] = [];
  reader.stepIn();
  for (let type = reader.next(); type; type = reader.next()) members.push(readValue(ion, reader));
  reader.stepOut();
  if (set === undefined) return { L: members };
  const contents = members.map((member) => {
    if (!(set in member)) throw new SyntaxError('a set with members of another type');
    return (member as unknown as Record<string, string>)[set];
  });
  return { [`${set}S`]: contents } as unknown as Value;
}
