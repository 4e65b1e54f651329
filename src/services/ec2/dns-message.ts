// DNS messages as bytes: what `dns-packet` has no word for. https://www.rfc-editor.org/rfc/rfc1035#section-4

const headerLength = 12;
const optType = 41;

/** The response code, from 0 to 15. */
export function responseCode(message: Buffer): number {
  return message.readUInt8(3) & 0x0f;
}

/** Where each record's time to live stands. Throws a RangeError when the message ends early. */
export function ttlOffsets(message: Buffer): readonly number[] {
  const count = (at: number) => message.readUInt16BE(at);
  let at = headerLength;
  for (let i = count(4); i > 0; i--) at = afterName(message, at) + 4;
  const offsets: number[] = [];
  for (let i = count(6) + count(8) + count(10); i > 0; i--) {
    const fields = afterName(message, at);
    // EDNS keeps its flags where other records have their time to live.
    if (message.readUInt16BE(fields) !== optType) offsets.push(fields + 4);
    at = fields + 10 + message.readUInt16BE(fields + 8);
  }
  return offsets;
}

/** The same message some seconds later, for another query of the same question: its id and its spelling of the name. */
export function readdress(message: Buffer, query: Buffer, agedSeconds: number): Buffer {
  const copy = Buffer.from(message);
  for (const at of ttlOffsets(copy)) copy.writeUInt32BE(Math.max(0, copy.readUInt32BE(at) - agedSeconds), at);
  query.copy(copy, 0, 0, 2);
  query.copy(copy, headerLength, headerLength, afterName(query, headerLength));
  return copy;
}

/** The shortest time to live of the message; undefined when it has no records. */
export function shortestTtlSeconds(message: Buffer): number | undefined {
  const ttls = ttlOffsets(message).map((at) => message.readUInt32BE(at));
  return ttls.length > 0 ? Math.min(...ttls) : undefined;
}

/** The part of a message that has to be the same in its answer, but for the case of letters. */
export function questionKey(message: Buffer): string {
  const endOfName = afterName(message, headerLength);
  const name = message.toString('latin1', headerLength, endOfName).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return name + message.toString('latin1', endOfName, endOfName + 4);
}

/** The bytes of a message's one question. */
function questionSection(message: Buffer): Buffer {
  return message.subarray(headerLength, afterName(message, headerLength) + 4);
}

/** Answers with a code and no records, and repeats the question when the query has just one. */
export function formatRefusal(query: Buffer, code: number, hasQuestion: boolean): Buffer {
  const header = Buffer.alloc(headerLength);
  query.copy(header, 0, 0, 4);
  header.writeUInt8((query.readUInt8(2) & 0x79) | 0x80, 2); // a response, with the operation and what was desired
  header.writeUInt8(0x80 | code, 3); // recursion is available
  header.writeUInt16BE(hasQuestion ? 1 : 0, 4);
  return hasQuestion ? Buffer.concat([header, questionSection(query)]) : header;
}

/** Asks the question of `query` under another id, with those of its flags, and with EDNS when a payload size is given. */
export function requestion(query: Buffer, id: number, flags: number, edns?: { size: number; flags: number }): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(edns ? 1 : 0, 10);
  const question = questionSection(query);
  if (!edns) return Buffer.concat([header, question]);
  const opt = Buffer.alloc(11);
  opt.writeUInt16BE(optType, 1);
  opt.writeUInt16BE(edns.size, 3);
  opt.writeUInt16BE(edns.flags, 7);
  return Buffer.concat([header, question, opt]);
}

function afterName(message: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const length = message.readUInt8(at);
    if (length >= 0xc0) return at + 2; // a pointer ends the name
    at += 1 + length;
    if (length === 0) return at;
  }
}
