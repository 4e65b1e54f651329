// A long page, a slice at a time: others are seen to in between, so that describing a thousand instances holds nobody up.
// Rows that come and go meanwhile are as they would be between two pages.

import type { AsyncOperationContext, OperationContext } from '../../aws/operation.ts';
import { afterThisTurn } from '../../kernel/clock.ts';

/** Another request needs several turns to be read and answered, and may wait for a slice at each of them. */
const sliceRows = 25;
/** A page that is answered in one turn. */
const shortPage = 100;
const largestPage = 1000;

export interface PagedInput {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface SlicedOperation<Input, Output> {
  readonly describe: (ctx: OperationContext, input: Input) => Output;
  /** Whether the input asks for a page, and not for rows by name. */
  readonly isPaged: (input: Input) => boolean;
  /** One answer from those to the slices, which are in their order. */
  readonly join: (parts: readonly Output[]) => Output;
}

/** The same answer as `describe` gives, in transactions of a few rows. */
export async function describeInSlices<
  Input extends PagedInput,
  Output extends { readonly NextToken?: string | undefined },
>(ctx: AsyncOperationContext, input: Input, operation: SlicedOperation<Input, Output>): Promise<Output> {
  const { describe, isPaged, join } = operation;
  const rows = isPaged(input) ? sliceSize(input.MaxResults) : undefined;
  if (rows === undefined) return ctx.transact((inner) => describe(inner, input));
  const parts: Output[] = [];
  let left = input.MaxResults === undefined ? Number.POSITIVE_INFINITY : Math.min(input.MaxResults, largestPage);
  let NextToken = input.NextToken;
  for (;;) {
    const slice = { ...input, MaxResults: Math.min(rows, left), NextToken };
    const part = ctx.transact((inner) => describe(inner, slice));
    parts.push(part);
    left -= rows;
    NextToken = part.NextToken;
    if (!NextToken || left <= 0) return parts.length === 1 ? part : join(parts);
    await new Promise<void>(afterThisTurn);
  }
}

/** About the same for all slices of the page, since one of a few rows is not allowed; undefined when the page is one slice. */
function sliceSize(maxResults: number | undefined): number | undefined {
  if (maxResults === undefined) return sliceRows;
  if (maxResults <= shortPage) return undefined;
  const page = Math.min(maxResults, largestPage);
  return Math.ceil(page / Math.ceil(page / sliceRows));
}
