import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../journal/bytes.ts';
import { messageCodec } from './codec.ts';
import type { StoredMessage } from './storage.ts';

describe('the codec of messages', () => {
  it('writes what comes again as it wrote it first', () => {
    const plain = storedMessage({ body: 'An order was placed' });
    const others = [
      storedMessage({ body: 'An order was placed', senderId: 'another' }),
      storedMessage({ body: 'An order was placed', bodyMd5: 'another' }),
      storedMessage({ body: 'An order was placed', group: 'a group' }),
      storedMessage({ body: 'Ein Auftrag für zwölf' }),
      storedMessage({ body: 'An order was placed', messageId: 'ünusual' }),
      storedMessage({ body: 'x'.repeat(100_000) }),
    ];
    for (const other of others) {
      const writer = new ByteWriter();
      const messages = [plain, plain, plain, other, other, other, plain, other];
      const lengths = messages.map(encodedLength);
      for (const [i, message] of messages.entries()) {
        const at = writer.length;
        messageCodec.encode(writer, message);
        expect(messageCodec.decode(writer.readerAt(at))).toEqual(message);
        expect(writer.length - at).toBe(lengths[i]);
      }
    }
  });
});

function storedMessage(members: Partial<StoredMessage>): StoredMessage {
  return {
    messageId: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    body: '',
    bodyMd5: '0123456789abcdef0123456789abcdef',
    senderId: 'AIDAEXAMPLE',
    sentAtMs: 1_700_000_000_000,
    ...members,
  };
}

/** Of a message that comes after one with nothing of it. */
function encodedLength(message: StoredMessage): number {
  messageCodec.encode(new ByteWriter(), storedMessage({ body: 'something else' }));
  const writer = new ByteWriter();
  messageCodec.encode(writer, message);
  return writer.length;
}
