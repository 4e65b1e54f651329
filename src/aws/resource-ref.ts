// How a resource is named where it is asked what may be done to it.

import type { Scope } from '../kernel/table.ts';

/** One resource that a request names. */
export interface ResourceRef extends Scope {
  readonly arn: string;
  /** As the service's table has it; empty for what is still to be made. */
  readonly id: string;
}
