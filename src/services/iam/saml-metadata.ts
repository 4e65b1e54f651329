// What a SAML provider's metadata document must have: an entity, and until when it is good.
// https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf

import { SaxesParser } from 'saxes';
import type { TimestampMs } from '../../kernel/clock.ts';
import { invalidInput } from './iam.errors.ts';

export interface SamlMetadata {
  readonly entityId: string;
  /** Absent when the document does not say. */
  readonly validUntilMs?: TimestampMs;
  /** Base64 of X.509 certificates in DER, that assertions are signed with. */
  readonly certificates: readonly string[];
}

const metadataNamespace = 'urn:oasis:names:tc:SAML:2.0:metadata';

/** Throws IAM's error for what is no such document. */
export function parseSamlMetadata(document: string): SamlMetadata {
  const parser = new SaxesParser({ xmlns: true });
  let root: { readonly local: string; readonly uri: string; attribute(name: string): string | undefined } | undefined;
  const certificates: string[] = [];
  let text = '';
  parser.on('doctype', () => parser.fail('a DTD'));
  parser.on('opentag', ({ local, uri, attributes }) => {
    root ??= { local, uri, attribute: (name) => attributes[name]?.value };
    text = '';
  });
  parser.on('text', (part) => {
    text += part;
  });
  parser.on('closetag', ({ local }) => {
    if (local === 'X509Certificate') certificates.push(text.replace(/\s+/g, ''));
  });
  try {
    parser.write(document).close();
  } catch {
    throw couldNotParse();
  }
  const entityId = root?.attribute('entityID');
  if (root?.local !== 'EntityDescriptor' || root.uri !== metadataNamespace || !entityId) throw couldNotParse();
  const validUntil = root.attribute('validUntil');
  const validUntilMs = validUntil === undefined ? Number.NaN : Date.parse(validUntil);
  return { entityId, certificates, ...(!Number.isNaN(validUntilMs) && { validUntilMs }) };
}

const couldNotParse = () => invalidInput('Could not parse metadata');
