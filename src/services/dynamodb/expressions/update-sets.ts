// ADD and DELETE: counting numbers, and taking members into sets and out of them.

import { contentOf, numberFaultMessage, typeOf, type Value } from '../attribute-value.ts';
import { addNumbers, type DecimalFault } from '../decimal.ts';
import { validationError } from '../dynamodb.errors.ts';

type SetValue = { readonly [type: string]: readonly string[] };

/** An attribute that is not there counts from zero, or becomes the set. */
export function addToAttribute(present: Value | undefined, added: Value, mismatch: () => Error): Value {
  if (present === undefined) return added;
  const type = typeOf(present);
  if (type !== typeOf(added)) throw mismatch();
  if ('N' in present && 'N' in added) {
    const sum = addNumbers(present.N, added.N);
    if (typeof sum !== 'string') throw outOfRange(sum);
    return { N: sum };
  }
  if ('L' in present && 'L' in added) return { L: [...present.L, ...added.L] };
  const members = new Set([...membersOf(present, mismatch), ...membersOf(added, mismatch)]);
  return { [type]: [...members] } as SetValue as unknown as Value;
}

/** Undefined when nothing is left: there are no empty sets. */
export function deleteFromAttribute(present: Value, deleted: Value, mismatch: () => Error): Value | undefined {
  const type = typeOf(present);
  if (type !== typeOf(deleted)) throw mismatch();
  const gone = new Set(membersOf(deleted, mismatch));
  const left = membersOf(present, mismatch).filter((member) => !gone.has(member));
  return left.length > 0 ? ({ [type]: left } as SetValue as unknown as Value) : undefined;
}

function membersOf(value: Value, mismatch: () => Error): readonly string[] {
  const content = contentOf(value);
  if (!Array.isArray(content) || 'L' in value) throw mismatch();
  return content as readonly string[];
}

/** A sum with too many digits is told as one that is too large. */
export function outOfRange(fault: DecimalFault): Error {
  return validationError(
    numberFaultMessage(fault.kind === 'too-precise' ? { kind: 'overflow' } : fault, '', 'current'),
  );
}
