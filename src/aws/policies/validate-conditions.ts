// Values in conditions as IAM checks them when a document is written: those of dates, numbers and addresses must be such.

import { getOperator, type Operator, parseNumber } from './condition-operators.ts';
import { parseOperator } from './conditions.ts';
import { isIpRange } from './ip-ranges.ts';
import { parseMoment } from './moments.ts';
import type { StatementSource } from './policy-syntax.ts';

export function passesLegacyConditions(block: StatementSource['Condition'] = {}): boolean {
  return Object.entries(block).every(([name, keys]) => {
    const operator = getOperator(parseOperator(name)?.operator ?? '');
    const isRight = operator && checks[operator.type];
    if (!isRight) return true;
    return Object.values(keys).every((values) => [values].flat().every((value) => isRight(String(value))));
  });
}

const checks: Readonly<Partial<Record<Operator['type'], (value: string) => boolean>>> = {
  date: (value) => parseMoment(value) !== undefined,
  numeric: (value) => parseNumber(value) !== undefined,
  ip: isIpRange,
};
