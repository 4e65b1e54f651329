// Parses XML into a plain tree. Document types are refused outright, so no entity can be defined or expanded, and
// nesting is limited.

import { SaxesParser } from 'saxes';

export interface XmlNode {
  /** Without its namespace prefix. */
  readonly name: string;
  /** By full name (`xsi:type`); undefined when there are none. */
  readonly attributes: ReadonlyMap<string, string> | undefined;
  readonly children: readonly XmlNode[];
  /** The text directly inside, of all pieces. */
  readonly text: string;
}

interface OpenNode {
  readonly name: string;
  readonly attributes: Map<string, string> | undefined;
  readonly children: OpenNode[];
  text: string;
}

/** Deeper than any input of AWS; shapes that contain themselves are bounded by it too. */
const deepestElement = 64;

/** Thrown for anything that is not a well-formed document of elements and text. */
export class XmlSyntaxError extends Error {}

export function parseXml(text: string): XmlNode {
  const parser = new SaxesParser({ xmlns: false, position: false });
  const open: OpenNode[] = [];
  let root: OpenNode | undefined;
  const refuse = (reason: string): never => {
    throw new XmlSyntaxError(reason);
  };
  const addText = (piece: string) => {
    const node = open.at(-1);
    if (node) node.text += piece;
  };
  parser.on('error', (error) => refuse(error.message));
  parser.on('doctype', () => refuse('a document type is not allowed'));
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length >= deepestElement) refuse('elements are nested too deeply');
    const names = Object.keys(attributes);
    const node: OpenNode = {
      name: localName(name),
      attributes: names.length === 0 ? undefined : new Map(names.map((key) => [key, attributes[key] as string])),
      children: [],
      text: '',
    };
    open.at(-1)?.children.push(node);
    root ??= node;
    open.push(node);
  });
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(text).close();
  return root ?? refuse('there is no element');
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}
