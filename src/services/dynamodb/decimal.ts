// DynamoDB's numbers: up to 38 significant digits with the leading one between 10^-130 and 10^125, exact, and always
// shown without an exponent. A number is kept as its canonical text, so equal numbers are equal strings.

/** `sign` 0 is zero. The value is 0.d₁d₂d₃… × 10^(exponent+1), without leading or trailing zeros among the digits. */
export interface Decimal {
  readonly sign: -1 | 0 | 1;
  readonly digits: string;
  /** Of the leading digit: 1 for 42, -2 for 0.05. */
  readonly exponent: number;
}

export type DecimalFault =
  | { readonly kind: 'not-a-number' }
  | { readonly kind: 'overflow' }
  | { readonly kind: 'underflow' }
  | { readonly kind: 'too-precise' };

const mostDigits = 38;
const largestExponent = 125;
const smallestExponent = -130;
const zero: Decimal = { sign: 0, digits: '', exponent: 0 };

const numberPattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/**
 * AWS reads numbers in two ways, which differ in exponents far out of range. `older` is Java's BigDecimal: its exponents
 * have 32 bits, and beyond a scale of 32 bits large becomes small. `current` has 64 bits for them.
 */
export type NumberReading = 'current' | 'older';

/** Text that is canonical as it stands, which nearly all text is: whole numbers of up to 15 digits. */
const plainInteger = /^(?:0|-?[1-9]\d{0,14})$/;

/** The canonical text of a number, or what is wrong with it. */
export function canonicalNumber(text: string, reading: NumberReading = 'current'): string | DecimalFault {
  if (plainInteger.test(text)) return text;
  const parsed = parseDecimal(text, reading);
  if ('kind' in parsed) return parsed;
  return faultOf(parsed) ?? formatDecimal(parsed);
}

export function parseDecimal(text: string, reading: NumberReading = 'current'): Decimal | DecimalFault {
  const match = numberPattern.exec(text);
  if (!match) return { kind: 'not-a-number' };
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const all = whole + fraction;
  if (all === '' || !isReadable(exponent, fraction.length, reading)) return { kind: 'not-a-number' };
  let start = 0;
  while (start < all.length && all.charCodeAt(start) === 48) start += 1;
  // Zero too has the exponent that it is written with.
  if (start === all.length) return rangeFault(Number(exponent) - fraction.length) ?? zero;
  let end = all.length;
  while (all.charCodeAt(end - 1) === 48) end -= 1;
  return {
    sign: sign === '-' ? -1 : 1,
    digits: all.slice(start, end),
    exponent: wrapped(whole.length - 1 - start + Number(exponent), reading),
  };
}

/** Whether the exponent has the bits that it may have, and in BigDecimal the scale too. */
function isReadable(exponent: string, fractionDigits: number, reading: NumberReading): boolean {
  if (exponent.length < 9) return true;
  if (reading === 'current') return BigInt.asIntN(64, BigInt(exponent)) === BigInt(exponent);
  return isInteger32(Number(exponent)) && isInteger32(fractionDigits - Number(exponent));
}

const isInteger32 = (value: number): boolean => value === (value | 0);

/** BigDecimal's precision less its scale, which is one more than the leading digit's exponent, has 32 bits. */
function wrapped(exponent: number, reading: NumberReading): number {
  return reading === 'older' ? ((exponent + 1) | 0) - 1 : exponent;
}

function rangeFault(exponent: number): DecimalFault | undefined {
  if (exponent > largestExponent) return { kind: 'overflow' };
  return exponent < smallestExponent ? { kind: 'underflow' } : undefined;
}

/** What DynamoDB would refuse the number for. */
export function faultOf({ digits, exponent, sign }: Decimal): DecimalFault | undefined {
  if (sign === 0) return undefined;
  return rangeFault(exponent) ?? (digits.length > mostDigits ? { kind: 'too-precise' } : undefined);
}

/** Of canonical text, which cannot be wrong. */
function decimalOf(canonical: string): Decimal {
  return parseDecimal(canonical) as Decimal;
}

export function formatDecimal({ sign, digits, exponent }: Decimal): string {
  if (sign === 0) return '0';
  const minus = sign < 0 ? '-' : '';
  if (exponent < 0) return `${minus}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return minus + digits.padEnd(exponent + 1, '0');
  return `${minus}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** Negative, zero or positive. Both are canonical. */
export function compareNumbers(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length <= 15 && b.length <= 15) return Number(a) - Number(b);
  const left = decimalOf(a);
  const right = decimalOf(b);
  if (left.sign !== right.sign) return left.sign - right.sign;
  const magnitude =
    left.exponent !== right.exponent ? left.exponent - right.exponent : left.digits < right.digits ? -1 : 1;
  return magnitude * left.sign;
}

export function addNumbers(a: string, b: string): string | DecimalFault {
  return sum(decimalOf(a), decimalOf(b));
}

export function subtractNumbers(a: string, b: string): string | DecimalFault {
  const right = decimalOf(b);
  return sum(decimalOf(a), { ...right, sign: -right.sign as Decimal['sign'] });
}

function sum(a: Decimal, b: Decimal): string | DecimalFault {
  const lowest = Math.min(exponentOfLastDigit(a), exponentOfLastDigit(b));
  const total = scaled(a, lowest) + scaled(b, lowest);
  if (total === 0n) return '0';
  const text = (total < 0n ? -total : total).toString();
  const result: Decimal = {
    sign: total < 0n ? -1 : 1,
    digits: text.replace(/0+$/, ''),
    exponent: text.length - 1 + lowest,
  };
  return faultOf(result) ?? formatDecimal(result);
}

function exponentOfLastDigit({ exponent, digits, sign }: Decimal): number {
  return sign === 0 ? 0 : exponent - digits.length + 1;
}

function scaled(value: Decimal, lowest: number): bigint {
  if (value.sign === 0) return 0n;
  const magnitude = BigInt(value.digits + '0'.repeat(exponentOfLastDigit(value) - lowest));
  return value.sign < 0 ? -magnitude : magnitude;
}

/** Bytes that DynamoDB counts: one, one for every two digits (aligned on even powers of ten), one for a minus. */
export function numberSizeBytes(canonical: string): number {
  if (plainInteger.test(canonical)) return integerSizeBytes(canonical);
  const { sign, digits, exponent } = decimalOf(canonical);
  if (sign === 0) return 1;
  const isOdd = (exponent & 1) === 1;
  return 1 + Math.ceil((digits.length + (isOdd ? 0 : 1)) / 2) + (sign < 0 ? 1 : 0);
}

/** The same of a `plainInteger`, without taking it apart. */
function integerSizeBytes(canonical: string): number {
  if (canonical === '0') return 1;
  const start = canonical.charCodeAt(0) === 45 ? 1 : 0;
  let end = canonical.length;
  const whole = end - start;
  while (canonical.charCodeAt(end - 1) === 48) end -= 1;
  return 1 + ((end - start + (whole & 1) + 1) >> 1) + start;
}

/** At most this many bytes come from `encodeNumber`. */
export const longestEncodedNumber = 2 + mostDigits / 2 + 1;

const exponentBias = -smallestExponent;

/**
 * Bytes whose order is that of the numbers, and none of which is the beginning of another: sign, biased exponent, pairs
 * of digits plus one, and an end mark; all but the sign inverted for negative numbers.
 */
export function encodeNumber(canonical: string): Buffer {
  const { sign, digits, exponent } = decimalOf(canonical);
  if (sign === 0) return Buffer.of(1);
  const pairs = (digits.length + 1) >> 1;
  const bytes = Buffer.allocUnsafe(pairs + 3);
  const flip = sign < 0 ? 0xff : 0;
  bytes[0] = sign < 0 ? 0 : 2;
  bytes[1] = (exponent + exponentBias) ^ flip;
  for (let i = 0; i < pairs; i++) {
    const high = digits.charCodeAt(2 * i) - 48;
    const low = 2 * i + 1 < digits.length ? digits.charCodeAt(2 * i + 1) - 48 : 0;
    bytes[i + 2] = (high * 10 + low + 1) ^ flip;
  }
  bytes[pairs + 2] = flip;
  return bytes;
}
