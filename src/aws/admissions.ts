// What a resource's policy let in once. A topic delivers the same kind of thing to the same queue all day, and a policy that
// asks for nothing but who delivers, and for what, says the same each time.

import type { ConditionValues } from './policies/patterns.ts';
import type { Principal } from './principal.ts';
import type { FoundPolicy } from './resource-policies.ts';

/** What conditions find in the principal itself. */
const keysOfSource = new Set([
  'aws:sourcearn',
  'aws:sourceaccount',
  'aws:sourceowner',
  'aws:principalisawsservice',
  'aws:principalservicename',
  'aws:principalservicenameslist',
]);

/** The conditions of a question, and whether it was asked for anything that another question may find changed. */
export class SourceConditions implements ConditionValues {
  readonly #conditions: ConditionValues;
  isSourceAlone = true;

  constructor(conditions: ConditionValues) {
    this.#conditions = conditions;
  }

  get(key: string): readonly string[] | undefined {
    if (!keysOfSource.has(key)) this.isSourceAlone = false;
    return this.#conditions.get(key);
  }
}

/** By policy and principal as objects: a policy is another one when its resource's row has changed. */
export class Admissions {
  readonly #byPolicy = new WeakMap<FoundPolicy, Map<string, WeakSet<Principal>>>();

  has(policy: FoundPolicy, action: string, principal: Principal): boolean {
    return this.#byPolicy.get(policy)?.get(action)?.has(principal) === true;
  }

  add(policy: FoundPolicy, action: string, principal: Principal): void {
    let byAction = this.#byPolicy.get(policy);
    if (!byAction) {
      byAction = new Map();
      this.#byPolicy.set(policy, byAction);
    }
    const principals = byAction.get(action) ?? new WeakSet();
    byAction.set(action, principals.add(principal));
  }
}
