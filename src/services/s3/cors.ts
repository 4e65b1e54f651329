// Cross-origin rules: which of them an origin, a method and headers fall under.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html

import { awsError } from '../../aws/errors.ts';
import type { CORSConfiguration, CORSRule } from '../../generated/s3.types.ts';
import { invalidRequest, malformedXml } from './s3.errors.ts';

const methods = ['GET', 'PUT', 'HEAD', 'POST', 'DELETE'];
const mostRules = 100;

export function checkCors({ CORSRules }: CORSConfiguration): void {
  if (CORSRules.length === 0 || CORSRules.length > mostRules) throw malformedXml();
  for (const { AllowedMethods, AllowedOrigins, AllowedHeaders = [], ExposeHeaders = [] } of CORSRules) {
    if (AllowedMethods.length === 0 || AllowedOrigins.length === 0) throw malformedXml();
    for (const method of AllowedMethods) {
      if (methods.includes(method)) continue;
      throw invalidRequest(`Found unsupported HTTP method in CORS config. Unsupported method is ${method}`);
    }
    for (const origin of AllowedOrigins) checkStars(origin, 'AllowedOrigin');
    for (const header of AllowedHeaders) checkStars(header, 'AllowedHeader');
    for (const header of [...AllowedHeaders, ...ExposeHeaders]) {
      if (!isHeaderName(header)) throw invalidRequest(`AllowedHeader "${header}" contains invalid character.`);
    }
    for (const header of ExposeHeaders) {
      if (!header.includes('*')) continue;
      throw invalidRequest(
        `ExposeHeader "${header}" contains wildcard. We currently do not support wildcard for ExposeHeader.`,
      );
    }
  }
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
const isHeaderName = (text: string): boolean => /^[!#$%&'*+.^_`|~\w-]+$/.test(text);

/** What a browser asks for beforehand, whatever the rules are. */
export function checkPreflight(method: string | undefined, headers: string | undefined): void {
  if (method !== undefined && !methods.includes(method)) {
    throw awsError('BadRequest', `Invalid Access-Control-Request-Method: ${method}`);
  }
  const wrong = headers?.split(',').find((name) => name.trim() !== '' && !isHeaderName(name.trim()));
  if (wrong === undefined) return;
  throw awsError('BadRequest', `Access-Control-Request-Headers "${wrong}" contains invalid character.`);
}

function checkStars(text: string, element: string): void {
  if (text.split('*').length <= 2) return;
  throw invalidRequest(`${element} "${text}" can not have more than one wildcard.`);
}

export interface CrossOrigin {
  readonly origin: string;
  readonly method: string;
  /** Those that a preflight asks for. */
  readonly headers: readonly string[];
}

export function matchCors(configuration: CORSConfiguration, asked: CrossOrigin): CORSRule | undefined {
  return configuration.CORSRules.find(
    ({ AllowedMethods, AllowedOrigins, AllowedHeaders = [] }) =>
      AllowedMethods.includes(asked.method) &&
      AllowedOrigins.some((origin) => matchesStar(origin, asked.origin)) &&
      asked.headers.every((header) => AllowedHeaders.some((allowed) => matchesStar(allowed.toLowerCase(), header))),
  );
}

function matchesStar(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
}

export function corsHeaders(rule: CORSRule, { origin, headers }: CrossOrigin): Record<string, string> {
  const isForAll = rule.AllowedOrigins.includes('*');
  const { ExposeHeaders = [], MaxAgeSeconds } = rule;
  return {
    'access-control-allow-origin': isForAll ? '*' : origin,
    'access-control-allow-methods': rule.AllowedMethods.join(', '),
    ...(headers.length > 0 && { 'access-control-allow-headers': headers.join(', ') }),
    ...(ExposeHeaders.length > 0 && { 'access-control-expose-headers': ExposeHeaders.join(', ') }),
    ...(MaxAgeSeconds !== undefined && { 'access-control-max-age': String(MaxAgeSeconds) }),
    ...(!isForAll && { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}
