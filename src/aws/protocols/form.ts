// Form-encoded text, of query strings and of the query protocols' bodies: flat pairs, single fields, and the tree that
// dotted names (`Filter.1.Value.2`) spell out.

import { type AwsError, awsError } from '../errors.ts';

export interface FormNode {
  value: string | undefined;
  children: Map<string, FormNode> | undefined;
}

/** More dots than any name of AWS has. */
const deepestName = 32;

export function malformedQueryString(): AwsError {
  return awsError('MalformedQueryString', 'The query string contains a syntax error.', 404);
}

/** Decodes `+` and percent-encoding; bytes that are not UTF-8 become U+FFFD, a broken `%` is refused. */
export function decodeFormText(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    if (/%(?![0-9a-fA-F]{2})/.test(spaced)) throw malformedQueryString();
    const bytes = spaced.replace(/[^%]+/g, (plain) => Buffer.from(plain).toString('latin1'));
    const decoded = bytes.replace(/%([0-9a-fA-F]{2})/g, (_match, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    return Buffer.from(decoded, 'latin1').toString();
  }
}

/** Calls `visit` with each decoded name and value; a name without `=` has the value ''. */
function visitForm(text: string, visit: (name: string, value: string) => void): void {
  for (let from = 0, end: number; from < text.length; from = end + 1) {
    end = endOfPair(text, from);
    if (end === from) continue;
    const pair = text.slice(from, end);
    const nameEnd = endOfName(pair);
    visit(decodeFormText(pair.slice(0, nameEnd)), decodeFormText(pair.slice(nameEnd + 1)));
  }
}

export function parseForm(text: string): readonly (readonly [name: string, value: string])[] {
  const pairs: (readonly [string, string])[] = [];
  visitForm(text, (name, value) => pairs.push([name, value]));
  return pairs;
}

/** The first field of that name, without decoding the others' values. */
export function formField(text: string, name: string): string | undefined {
  for (let from = 0, end: number; from < text.length; from = end + 1) {
    end = endOfPair(text, from);
    const pair = text.slice(from, end);
    const nameEnd = endOfName(pair);
    if (decodeFormText(pair.slice(0, nameEnd)) === name) return decodeFormText(pair.slice(nameEnd + 1));
  }
  return undefined;
}

function endOfPair(text: string, from: number): number {
  const end = text.indexOf('&', from);
  return end < 0 ? text.length : end;
}

function endOfName(pair: string): number {
  const equals = pair.indexOf('=');
  return equals < 0 ? pair.length : equals;
}

/** The pairs as a tree, split at dots. Of a repeated name the last value counts. */
export function parseFormTree(...texts: readonly string[]): FormNode {
  const root: FormNode = { value: undefined, children: undefined };
  for (const text of texts) {
    visitForm(text, (name, value) => {
      nodeAt(root, name).value = value;
    });
  }
  return root;
}

function nodeAt(root: FormNode, name: string): FormNode {
  let node = root;
  let from = 0;
  for (let depth = 0; ; depth++) {
    if (depth > deepestName) throw malformedQueryString();
    const dot = name.indexOf('.', from);
    const key = dot < 0 ? name.slice(from) : name.slice(from, dot);
    node.children ??= new Map();
    let child = node.children.get(key);
    if (!child) {
      child = { value: undefined, children: undefined };
      node.children.set(key, child);
    }
    node = child;
    if (dot < 0) return node;
    from = dot + 1;
  }
}
