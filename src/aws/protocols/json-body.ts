// JSON bodies, as the json and rest-json protocols share them.

import type { Member } from '../model.ts';
import { createDocumentEncoder } from './document-encode.ts';
import { asBuffer, type Refuse } from './protocol.ts';
import { parseBase64 } from './text-scalars.ts';
import { formatTimestamp } from './timestamps.ts';

export const jsonNameOf = (member: Member): string => member.locationName ?? member.name;

/** With its padding, unlike blobs elsewhere. */
export const readJsonBlob = (value: unknown): Uint8Array | undefined =>
  typeof value === 'string' && value.length % 4 === 0 ? parseBase64(value) : undefined;

export const jsonEncoder = createDocumentEncoder({
  nameOf: jsonNameOf,
  writeBlob: (value) => asBuffer(value as Uint8Array).toString('base64'),
  writeTimestamp: (atMs, format) =>
    format === undefined || format === 'unixTimestamp' ? atMs / 1000 : formatTimestamp(atMs, format),
  writeDouble: (value) => (Number.isFinite(value) ? value : String(value)),
});

/** An absent body counts as an empty structure. */
export function parseJson(body: Uint8Array, refuse: Refuse): unknown {
  if (body.byteLength === 0) return {};
  const text = asBuffer(body).toString();
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuse({
      reason: `Could not parse request body into json: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
}
