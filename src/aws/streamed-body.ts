// A body that an operation takes piece by piece, and may have whole when the request says that it is short: a small object
// then costs nothing of what streams cost.

import type { RequestBody } from './request.ts';

export interface StreamedBody extends AsyncIterable<Uint8Array> {
  /** All of it, when it is said to have at most so many bytes; otherwise undefined, and it is there to be iterated. */
  whole(mostBytes: number): Promise<Uint8Array> | undefined;
}

export function wholeOf(body: AsyncIterable<Uint8Array>, mostBytes: number): Promise<Uint8Array> | undefined {
  return 'whole' in body ? (body as StreamedBody).whole(mostBytes) : undefined;
}

/** The body of a request, as it comes. */
export class IncomingBody implements StreamedBody {
  readonly #body: RequestBody;
  readonly #length: string | undefined;

  constructor(body: RequestBody, headers: Readonly<Record<string, string>>) {
    this.#body = body;
    this.#length = headers['content-length'];
  }

  whole(mostBytes: number): Promise<Uint8Array> | undefined {
    if (this.#length === undefined || !(Number(this.#length) <= mostBytes)) return undefined;
    return Promise.resolve(this.#body.read(mostBytes) as Uint8Array | Promise<Uint8Array>); // it is no longer than was said
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#body[Symbol.asyncIterator]();
  }
}
