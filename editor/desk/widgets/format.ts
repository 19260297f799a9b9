/** Times and numbers as the editor's language and the browser's time zone have them. */
const language = (): string => RED.i18n.lang() || 'en-US';

/** A moment (ms UTC), short: the time of today, else the day too. */
export function moment(at: number): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  const day: Intl.DateTimeFormatOptions = isToday ? {} : { year: 'numeric', month: '2-digit', day: '2-digit' };
  return new Intl.DateTimeFormat(language(), { ...day, hour: '2-digit', minute: '2-digit' }).format(date);
}

/** The same with seconds and zone, for a title. */
export const exactMoment = (at: number): string =>
  new Intl.DateTimeFormat(language(), { dateStyle: 'full', timeStyle: 'long' }).format(new Date(at));

export const count = (value: number): string => new Intl.NumberFormat(language()).format(value);

/** A quantity as WAP or billing writes it: all its digits stay. */
export function quantity(text: string): string {
  const [whole = '', ...rest] = text.split('.');
  if (!/^-?\d{1,15}$/.test(whole)) return text;
  const decimal = new Intl.NumberFormat(language()).formatToParts(1.5).find(({ type }) => type === 'decimal')?.value;
  return [count(Number(whole)), ...rest].join(decimal ?? '.');
}

/** A length of time in its largest whole unit, e.g. `3 min`. */
export function span(ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1_000],
  ] as const;
  const [unit, size] = units.find(([, length]) => Math.abs(ms) >= length) ?? units[3];
  const options = { style: 'unit', unit, unitDisplay: 'short' } as const;
  return new Intl.NumberFormat(language(), options).format(Math.round(ms / size));
}
