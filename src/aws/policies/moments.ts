// Dates in policies: what Joda-Time, which AWS uses, takes for ISO 8601 (shorter and odder forms than the standard's), and
// whole numbers, which are seconds since the epoch.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date

const largestEpochSeconds = 2n ** 63n - 1n;
const [firstYear, lastYear] = [-292275054, 292278993];

const datePart = '(-?\\d{1,9})(?:-(\\d{1,2})(?:-(\\d{1,2}))?)?';
const fraction = '(?:[.,](\\d{1,9}))?';
const timePart = `(\\d{1,2})(?::(\\d{1,2})(?::(\\d{1,2})${fraction})?)?`;
const offsetPart = '(Z|[+-]\\d{2}(?::?\\d{2})?)?';
const form = new RegExp(`^${datePart}(?:T(?:${timePart})?${offsetPart})?$`, 'i');

/** Milliseconds since the epoch; undefined for what is no date. Without an offset it is UTC. */
export function parseMoment(text: string): number | undefined {
  if (/^\d+$/.test(text)) return BigInt(text) <= largestEpochSeconds ? Number(text) * 1000 : undefined;
  const match = form.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const isReal =
    year >= firstYear &&
    year <= lastYear &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysIn(year, month) &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 59;
  const offsetMs = offsetOf(match[8]);
  if (!isReal || offsetMs === undefined) return undefined;
  const milliseconds = Number(`0.${match[7] ?? 0}`) * 1000;
  return (
    startOfYear(year) +
    dayOfYear(year, month, day) * dayMs +
    ((hour * 60 + minute) * 60 + second) * 1000 +
    milliseconds -
    offsetMs
  );
}

const dayMs = 86_400_000;

function offsetOf(text: string | undefined): number | undefined {
  if (text === undefined || text.toUpperCase() === 'Z') return 0;
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(text) ?? [];
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const daysIn = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

/** JavaScript's dates end at year 275760, Joda's later; days are counted by hand. */
function startOfYear(year: number): number {
  const before = year - 1;
  const days = before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  return (days - 719_162) * dayMs;
}

function dayOfYear(year: number, month: number, day: number): number {
  let days = day - 1;
  for (let earlier = 1; earlier < month; earlier++) days += daysIn(year, earlier);
  return days;
}
