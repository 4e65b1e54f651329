// A QR code as a PNG picture: eight bits of grey a pixel, one row of pixels after the other.
// https://www.w3.org/TR/png-3/

import { crc32, deflateSync } from 'node:zlib';
import { encode } from 'uqr';

const pixelsPerModule = 4;
/** Modules of white around it, which readers need. */
const quietZone = 4;

export function qrCodePng(text: string): Buffer {
  const { data } = encode(text, { ecc: 'M', border: quietZone });
  const side = data.length * pixelsPerModule;
  const lines = data.flatMap((row) => {
    // Each line begins with the number of its filter: none.
    const line = Buffer.alloc(side + 1, 0xff);
    line[0] = 0;
    row.forEach((isBlack, column) => {
      const at = 1 + column * pixelsPerModule;
      if (isBlack) line.fill(0, at, at + pixelsPerModule);
    });
    return Array.from({ length: pixelsPerModule }, () => line);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(lines))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
