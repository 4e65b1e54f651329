// SAML answers: whether a provider's certificate signed one, and what the signed part says. Only what was signed is read,
// in the form in which it was signed, so that nothing else in the document counts.
// https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf

import { SaxesParser } from 'saxes';
import { SignedXml } from 'xml-crypto';
import { parseIso, type TimestampMs } from '../../kernel/clock.ts';
import { invalidIdentityToken } from './sts.errors.ts';

export interface Assertion {
  readonly issuer: string;
  readonly subject: string;
  /** `persistent`, `transient`, or the whole URI of another format. */
  readonly subjectType: string;
  readonly recipients: readonly string[];
  readonly audiences: readonly string[];
  readonly notBeforeMs: TimestampMs | undefined;
  /** The earliest of all ends that it names. */
  readonly notOnOrAfterMs: TimestampMs | undefined;
  readonly sessionNotOnOrAfterMs: TimestampMs | undefined;
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

const invalid = (reason = 'Invalid SAML response') => invalidIdentityToken(reason);

/** `certificates` in base64 of DER. Throws unless one of them signed the answer or its assertion. */
export function readAssertion(answer: string, certificates: readonly string[]): Assertion {
  const document = Buffer.from(answer, 'base64').toString();
  if (/<!DOCTYPE/i.test(document)) throw invalid();
  for (const signature of signaturesIn(document)) {
    for (const certificate of certificates) {
      const signed = signedPart(document, signature, certificate);
      const assertion = signed === undefined ? undefined : parseAssertion(signed);
      if (assertion) return assertion;
    }
  }
  throw invalid('Response signature invalid');
}

/** The answer's and its assertion's. Each takes a reading of the whole document, and anybody may send many. */
const mostSignatures = 4;

/** The first signatures, as text. */
function signaturesIn(document: string): readonly string[] {
  const found: string[] = [];
  let open: { readonly name: string; readonly at: number } | undefined;
  for (const { 0: tag, 1: slash, 2: name = '', index } of document.matchAll(
    /<(\/?)((?:[\w.-]+:)?Signature)(?:\s[^<>]*)?>/g,
  )) {
    if (slash === '') open ??= { name, at: index };
    else if (open?.name === name) {
      found.push(document.slice(open.at, index + tag.length));
      open = undefined;
      if (found.length === mostSignatures) break;
    }
  }
  return found;
}

/** What the signature covers, canonical as it was signed; undefined when it is not this certificate's, or is wrong. */
function signedPart(document: string, signature: string, certificate: string): string | undefined {
  const publicCert = `-----BEGIN CERTIFICATE-----\n${certificate.match(/.{1,64}/g)?.join('\n') ?? ''}\n-----END CERTIFICATE-----\n`;
  try {
    // The certificate in the signature itself is anybody's.
    const signed = new SignedXml({ publicCert, getCertFromKeyInfo: () => null });
    signed.loadSignature(signature);
    return signed.checkSignature(document) ? signed.getSignedReferences()[0] : undefined;
  } catch {
    return undefined;
  }
}

const assertionNamespace = 'urn:oasis:names:tc:SAML:2.0:assertion';

/** Undefined when the signed part holds no assertion, or several. */
function parseAssertion(text: string): Assertion | undefined {
  const parser = new SaxesParser({ xmlns: true });
  const attributes = new Map<string, string[]>();
  const recipients: string[] = [];
  const audiences: string[] = [];
  const ends: TimestampMs[] = [];
  let assertions = 0;
  let [issuer, subject, subjectType] = ['', '', ''];
  let notBeforeMs: TimestampMs | undefined;
  let sessionNotOnOrAfterMs: TimestampMs | undefined;
  let attribute = '';
  let inside = '';
  const path: string[] = [];
  parser.on('opentag', (tag) => {
    const value = (name: string): string | undefined => tag.attributes[name]?.value;
    path.push(tag.uri === assertionNamespace ? tag.local : '');
    inside = '';
    const end = value('NotOnOrAfter');
    const endMs = end === undefined ? undefined : parseIso(end);
    if (tag.uri !== assertionNamespace) return;
    if (tag.local === 'Assertion') assertions += 1;
    if (endMs !== undefined) ends.push(endMs);
    if (tag.local === 'Conditions') notBeforeMs = parseIso(value('NotBefore') ?? '');
    if (tag.local === 'SubjectConfirmationData') recipients.push(value('Recipient') ?? '');
    if (tag.local === 'AuthnStatement') sessionNotOnOrAfterMs = parseIso(value('SessionNotOnOrAfter') ?? '');
    if (tag.local === 'Attribute') attribute = value('Name') ?? '';
    if (tag.local === 'NameID') subjectType = shortFormat(value('Format') ?? '');
  });
  parser.on('text', (part) => {
    inside += part;
  });
  parser.on('closetag', () => {
    const local = path.pop();
    const parent = path.at(-1);
    const text = inside.trim();
    if (local === 'Issuer' && parent === 'Assertion') issuer = text;
    if (local === 'NameID' && parent === 'Subject') subject = text;
    if (local === 'Audience') audiences.push(text);
    if (local === 'AttributeValue') attributes.set(attribute, [...(attributes.get(attribute) ?? []), text]);
    inside = '';
  });
  parser.write(text).close();
  if (assertions !== 1) return undefined;
  const notOnOrAfterMs = ends.length > 0 ? Math.min(...ends) : undefined;
  return {
    issuer,
    subject,
    subjectType,
    recipients,
    audiences,
    notBeforeMs,
    notOnOrAfterMs,
    sessionNotOnOrAfterMs,
    attributes,
  };
}

const shortFormat = (format: string): string =>
  /^urn:oasis:names:tc:SAML:2\.0:nameid-format:(persistent|transient)$/.exec(format)?.[1] ?? format;
