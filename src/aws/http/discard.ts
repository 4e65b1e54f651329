// An answer that has nobody to go to.

import type { GatewayResponse } from '../request.ts';

/** Tells a body that streams that nobody will read it. */
export async function discard({ body }: GatewayResponse): Promise<void> {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) await body[Symbol.asyncIterator]().return?.();
}
