// Pages of Service Quotas: of 100 at most, and that by default.

import type { RequestContext } from '../../aws/operation.ts';
import { type Page, paginate } from '../../aws/paginate.ts';
import { illegalArgument, invalidPaginationToken } from './service-quotas.errors.ts';

export interface PageInput {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** `list` is in the order of ids. */
export function pageOf<Entry extends { readonly id: string }>(
  ctx: RequestContext,
  about: string,
  { MaxResults, NextToken }: PageInput,
  list: Iterable<Entry>,
): Page<Entry> {
  const page = paginate<Entry>({
    rows: (afterId) => (afterId === undefined ? list : [...list].filter(({ id }) => id > afterId)),
    maxResults: MaxResults,
    nextToken: NextToken === undefined ? undefined : Buffer.from(NextToken, 'base64').toString('base64url'),
    scope: `${about}/${ctx.account}/${ctx.region}`,
    bounds: { min: 1, max: 100, default: 100 },
    errors: {
      invalidToken: invalidPaginationToken,
      invalidMaxResults: () => illegalArgument('MaxResults must be between 1 and 100.'),
    },
  });
  // The model's tokens are of the older alphabet.
  return page.nextToken === undefined
    ? page
    : { ...page, nextToken: Buffer.from(page.nextToken, 'base64url').toString('base64') };
}
