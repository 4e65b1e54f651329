// Parameters that all lists have: sizes of pages, tokens, and keys encoded for XML that could not hold them.

import type { AwsError } from '../../aws/errors.ts';
import { invalidArgument } from './s3.errors.ts';

const mostOnPage = 1000;

export function pageSize(asked: number | undefined, name: string): number {
  return asked === undefined ? mostOnPage : Math.min(checkCount(asked, name), mostOnPage);
}

/** A number of entries, or that of the entry that a page begins behind. */
export function checkCount(asked: number, name: string): number {
  if (asked < 0) {
    // Of all these parameters S3 has another name for this one, and only here.
    const shown = name === 'max-keys' ? 'maxKeys' : name;
    throw invalidArgument(`Argument ${shown} must be an integer between 0 and 2147483647`, shown, String(asked));
  }
  if (asked > 2 ** 31 - 1) {
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, String(asked));
  }
  return asked;
}

export function isUrlEncoded(encodingType: string | undefined): boolean {
  if (encodingType === undefined) return false;
  if (encodingType.toLowerCase() === 'url') return true;
  throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encodingType);
}

/** As S3 encodes keys: slashes stay. */
export function encodeKey(encodingType: string | undefined): (text: string) => string {
  if (!isUrlEncoded(encodingType)) return (text) => text;
  return (text) =>
    encodeURIComponent(text)
      .replace(/%2F/g, '/')
      .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

const tokenMark = 'k';

export const formatToken = (key: string): string => Buffer.from(tokenMark + key).toString('base64');

export function parseToken(token: string): string {
  if (token === '') return '';
  const text = Buffer.from(token, 'base64').toString();
  if (!text.startsWith(tokenMark) || formatToken(text.slice(1)) !== token) {
    throw incorrectToken(token);
  }
  return text.slice(1);
}

export function incorrectToken(token?: string): AwsError {
  return invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
}
