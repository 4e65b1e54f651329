// Headers that a presigned URL carries in its query, since whoever follows it sends none: signers move `x-amz-acl`,
// `x-amz-meta-…` and the like there, and S3 reads them as headers.

import { parseForm } from './protocols/form.ts';

/** What belongs to a signature of the fourth version itself. */
const ofSignature: ReadonlySet<string> = new Set([
  'x-amz-algorithm',
  'x-amz-content-sha256',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);

/** That a writer's URL may carry too. */
const conditions: ReadonlySet<string> = new Set(['if-match', 'if-none-match']);

type Headers = Readonly<Record<string, string>>;

/** The headers with those of a presigned URL's query; one that is sent counts for more. */
export function withHoistedHeaders(headers: Headers, query: string): Headers {
  const [, version] = /(?:^|&)(X-Amz-)?Signature=/.exec(query) ?? [undefined, null];
  if (version === null) return headers;
  const hoisted = parseForm(query)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => conditions.has(name) || (name.startsWith('x-amz-') && !(version && ofSignature.has(name))));
  return hoisted.length === 0 ? headers : { ...Object.fromEntries(hoisted), ...headers };
}
