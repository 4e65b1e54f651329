// Query parameters that say what a request was meant to be. Without this a part whose upload was forgotten would become
// the object, and what was to be listed would be got.

import type { OperationContext } from '../../aws/operation.ts';
import { invalidArgument, invalidRequest, methodNotAllowed } from './s3.errors.ts';

type About = Pick<OperationContext, 'request'>;

/** To be asked of what puts a whole object. */
export function checkNoPart({ request }: About): void {
  if (!request?.query) return;
  if (names(request.query, 'partNumber')) {
    throw invalidArgument('This operation does not accept partNumber without uploadId', 'partNumber', 'partNumber');
  }
  if (names(request.query, 'uploadId')) throw methodNotAllowed('PUT', 'UPLOAD', { allow: 'DELETE, POST, GET' });
}

/** To be asked of what gets an object. */
export function checkNoList({ request }: About): void {
  if (!request?.query) return;
  if (names(request.query, 'uploads')) {
    throw invalidRequest('Key is not expected for the GET method ?uploads subresource');
  }
  if (names(request.query, 'versions')) {
    throw invalidRequest('There is no such thing as the ?versions sub-resource for a key');
  }
}

function names(query: string, parameter: string): boolean {
  return query.includes(parameter) && query.split('&').some((pair) => pair.split('=', 1)[0] === parameter);
}
