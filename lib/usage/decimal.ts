import Big from 'big.js';

/** Exact decimals. Only a division is rounded: to 12 places, half up. */
export const Decimal = Big();
Decimal.DP = 12;
Decimal.RM = Big.roundHalfUp;

/** The same, but divisions round down, so that shares never add up to more than the whole. */
export const Truncated = Big();
Truncated.DP = 12;
Truncated.RM = Big.roundDown;

/** `value / by`, rounded as `Decimal` does. Every metered record needs a division, and Big's own goes digit by digit.
 *  `by` is a whole number above 0. */
export function divided(value: Big, by: number): Big {
  // value = digits × 10^exponent, in units of the last place that is kept
  const exponent = value.e - value.c.length + 1 + Decimal.DP;
  const digits = BigInt(value.c.join('')) * 10n ** BigInt(Math.max(0, exponent));
  const divisor = BigInt(by) * 10n ** BigInt(Math.max(0, -exponent));
  const quotient = (2n * digits + divisor) / (2n * divisor);
  return new Decimal(`${value.s < 0 ? '-' : ''}${quotient}e-${Decimal.DP}`);
}

/** Also for -0, which has a sign. */
const isZero = ({ c: [first] }: Big): boolean => first === 0;
/** Below zero; -0 is not. */
export const isNegative = (value: Big): boolean => value.s < 0 && !isZero(value);

/** A text as a decimal with `.` as its point, or why it is none. Too many digits are refused, never cut off. */
export function readDecimal(given: unknown): Big | { reason: string } {
  const text = typeof given === 'number' ? String(given) : given;
  if (typeof text !== 'string') return { reason: 'not a number' };
  const trimmed = text.trim();
  if (trimmed === '') return { reason: 'empty' };
  if (/^[+-]?nan$/i.test(trimmed)) return { reason: 'NaN' };
  const found = /^[+-]?\d+(?:\.\d+)?(?:e([+-]?\d{1,3}))?$/i.exec(trimmed);
  // 1e999999 is seven letters, and a million digits when written out.
  if (!found || trimmed.length > 60 || Math.abs(Number(found[1] ?? 0)) > 40) return { reason: 'not a number' };
  return new Decimal(trimmed.replace(/^\+/, ''));
}

/** As billing gets it: no exponent, and no sign before zero. */
export function toText(value: Big): string {
  return isZero(value) ? '0' : value.toFixed();
}
