// Refuses an input that AWS's model does not admit, in AWS's words, before any of our code sees it.

import type { OperationModel } from './model.ts';
import { type Check, createConstraintChecks, type Violation } from './validation/constraints.ts';
import { violationError } from './validation/wording.ts';

const checkOf = createConstraintChecks();
const checks = new WeakMap<OperationModel, { readonly check: Check | undefined }>();

/** `input` is of the operation's input type in all but its constraints: decode has seen to that. */
export function validateInput(operation: OperationModel, input: unknown): void {
  let found = checks.get(operation);
  if (!found) {
    found = { check: checkOf(operation.input) };
    checks.set(operation, found);
  }
  if (!found.check) return;
  const violations: Violation[] = [];
  found.check(input, [], violations);
  const error = violations.length > 0 ? violationError(operation, violations, input) : undefined;
  if (error) throw error;
}
