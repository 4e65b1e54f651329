// Reads multipart/form-data: fields first, then a file whose bytes stream. https://www.rfc-editor.org/rfc/rfc7578

import { type AwsError, awsError } from '../../aws/errors.ts';

export interface FormFields {
  /** By name in lower case; the first of a name counts. */
  readonly fields: ReadonlyMap<string, string>;
  readonly fileName: string | undefined;
  readonly fileType: string | undefined;
  readonly file: AsyncIterable<Uint8Array>;
}

const mostFieldBytes = 20 * 1024;
const mostHeadBytes = 16 * 1024;

export async function readForm(contentType: string, body: AsyncIterable<Uint8Array>): Promise<FormFields> {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const text = boundary?.[1] ?? boundary?.[2];
  if (text === undefined) throw malformedForm();
  const reader = createPieceReader(body);
  const delimiter = Buffer.from(`\r\n--${text}`);
  // The first delimiter may stand at the very beginning, without a line break before it.
  reader.prepend(Buffer.from('\r\n'));
  await reader.readUntil(delimiter, mostHeadBytes);
  const fields = new Map<string, string>();
  for (;;) {
    const rest = await reader.readUntil(Buffer.from('\r\n'), mostHeadBytes);
    if (rest.toString('latin1').trim() === '--') {
      throw awsError('InvalidArgument', 'POST requires exactly one file upload per request.', 400, {
        ArgumentName: 'file',
        ArgumentValue: '0',
      });
    }
    const head = await readHead(reader);
    const name = head.name.toLowerCase();
    if (name === 'file') {
      return { fields, fileName: head.fileName, fileType: head.type, file: reader.streamUntil(delimiter) };
    }
    const value = await reader.readUntil(delimiter, mostFieldBytes);
    if (!fields.has(name)) fields.set(name, value.toString());
  }
}

interface PartHead {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly type: string | undefined;
}

async function readHead(reader: PieceReader): Promise<PartHead> {
  let disposition = '';
  let type: string | undefined;
  for (;;) {
    const line = (await reader.readUntil(Buffer.from('\r\n'), mostHeadBytes)).toString();
    if (line === '') break;
    if (/^content-disposition:/i.test(line)) disposition = line;
    if (/^content-type:/i.test(line)) type = line.slice(line.indexOf(':') + 1).trim();
  }
  const name = /[;\s]name="((?:[^"\\]|\\.)*)"/i.exec(disposition)?.[1];
  if (name === undefined) throw malformedForm();
  const fileName = /filename="((?:[^"\\]|\\.)*)"/i.exec(disposition)?.[1];
  return { name, fileName: fileName?.replace(/\\(.)/g, '$1'), type };
}

interface PieceReader {
  prepend(bytes: Buffer): void;
  /** What stands before `end`, which is passed over. */
  readUntil(end: Buffer, mostBytes: number): Promise<Buffer>;
  streamUntil(end: Buffer): AsyncGenerator<Uint8Array, void, undefined>;
}

function createPieceReader(body: AsyncIterable<Uint8Array>): PieceReader {
  const pieces = body[Symbol.asyncIterator]();
  let ahead: Buffer = Buffer.alloc(0);

  async function readMore(): Promise<void> {
    const next = await pieces.next();
    if (next.done) throw malformedForm();
    ahead = ahead.length === 0 ? Buffer.from(next.value) : Buffer.concat([ahead, next.value]);
  }

  return {
    prepend(bytes) {
      ahead = Buffer.concat([bytes, ahead]);
    },
    async readUntil(end, mostBytes) {
      for (;;) {
        const at = ahead.indexOf(end);
        if (at >= 0) {
          const found = ahead.subarray(0, at);
          ahead = ahead.subarray(at + end.length);
          return found;
        }
        if (ahead.length > mostBytes) {
          throw awsError(
            'MaxPostPreDataLengthExceeded',
            'Your POST request fields preceding the upload file were too large.',
            400,
            { MaxPostPreDataLengthBytes: mostFieldBytes },
          );
        }
        await readMore();
      }
    },
    async *streamUntil(end) {
      for (;;) {
        const at = ahead.indexOf(end);
        if (at >= 0) {
          if (at > 0) yield ahead.subarray(0, at);
          ahead = ahead.subarray(at + end.length);
          while (!(await pieces.next()).done);
          return;
        }
        // The end may be cut in two by the pieces.
        const sure = ahead.length - end.length + 1;
        if (sure > 0) {
          yield ahead.subarray(0, sure);
          ahead = ahead.subarray(sure);
        }
        await readMore();
      }
    },
  };
}

function malformedForm(): AwsError {
  return awsError('MalformedPOSTRequest', 'The body of your POST request is not well-formed multipart/form-data.');
}
