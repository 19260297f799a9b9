/** What a status should have at most: wider ones run over the neighbours on the canvas. */
const wanted = 30;
/** A name is known by its beginning and its end, such as `Gold (r2)`. */
const shortestName = 8;

/** A text whose name is shortened in its middle until the text fits; a number in it is never cut. */
export function fitted<V extends Record<string, string | number>>(
  say: (values: V) => string,
  values: V,
  name: keyof V & string,
): string {
  const text = say(values);
  const whole = values[name];
  const excess = text.length - wanted;
  if (excess <= 0 || typeof whole !== 'string') return text;
  return say({ ...values, [name]: shortened(whole, Math.max(shortestName, whole.length - excess)) });
}

/** `Professional Hosting` in 12 → `Professi…ing`. */
export function shortened(text: string, longest = wanted): string {
  if (text.length <= longest) return text;
  const end = Math.floor((longest - 1) / 3);
  return `${text.slice(0, longest - 1 - end).trimEnd()}…${text.slice(text.length - end).trimStart()}`;
}

/** 1234567 → `1.2M`: a status has room for 30 characters. */
export function shortCount(count: number): string {
  if (count < 10_000) return String(count);
  return count < 1_000_000 ? `${Math.round(count / 1000)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}
