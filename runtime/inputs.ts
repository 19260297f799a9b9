import { AdapterError, invalid } from '../lib/errors';
import { parseExact } from '../lib/json';
import { wordOf } from '../lib/words';
import { anyValue } from '../lib/workflow/digest';

/** Where a typed field takes its value from; Node-RED's own words. */
export type Source = 'msg' | 'flow' | 'global' | 'env' | 'jsonata' | 'str' | 'num' | 'bool' | 'json';

/** One field of a node: how its value is read once Node-RED has evaluated it. */
export interface Input<T> {
  /** What to use when the flow file lacks the field; the dialog's default must be the same. */
  readonly fallback: { value: unknown; type?: Source } | undefined;
  /** What an empty value means; `undefined` (no entry) makes the field required. */
  readonly empty: { value: T } | undefined;
  /** Whether it is among what tells that a durable step is the same as before an interruption. */
  readonly compared?: Compared;
  parse(value: unknown, field: string): T;
}

type Compared = 'always' | 'unless preset' | 'never' | 'no longer';

/** Turns the value of a field into its type, or says what is wrong with it. */
type Parse<T> = (value: unknown, field: string) => T;

export class Field<T> implements Input<T> {
  constructor(
    readonly parse: Parse<T>,
    readonly fallback: Input<T>['fallback'] = undefined,
    readonly empty: { value: T } | undefined = undefined,
    readonly compared: Compared = 'always',
  ) {}

  /** Default source in the dialog, e.g. `msg.wap.plan.Id`. */
  from(path: `${'msg' | 'flow' | 'global'}.${string}`): Field<T> {
    const dot = path.indexOf('.');
    return new Field(this.parse, { type: path.slice(0, dot) as Source, value: path.slice(dot + 1) }, this.empty);
  }

  /** Default value in the dialog; `type` for a typed field whose value is not a plain text. */
  preset(value: string | number | boolean, type?: Source): Field<T> {
    return new Field(this.parse, type ? { value, type } : { value }, this.empty);
  }

  /** For a value that a repeat may find changed, such as an answer, while the step stays what it was. */
  aside(): Field<T> {
    return new Field(this.parse, this.fallback, this.empty, 'never');
  }

  /** The same for a field that older versions compared: what they recorded no longer matters. */
  nowAside(): Field<T> {
    return new Field(this.parse, this.fallback, this.empty, 'no longer');
  }

  /** For a field that a newer version added: steps recorded before lack it, and were done as its preset says. */
  addedLater(): Field<T> {
    return new Field(this.parse, this.fallback, this.empty, 'unless preset');
  }

  /** Empty means `undefined`. */
  optional(): Field<T | undefined> {
    return new Field<T | undefined>(this.parse, this.fallback, { value: undefined });
  }
}

/** A text; numbers are taken as their text, but for those whose last digits JavaScript has lost. */
export const text = (): Field<string> =>
  new Field((value, field) => {
    if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
      throw invalid(field, 'an id as a text, because a number this large loses its last digits', value);
    if (typeof value === 'number') return String(value);
    if (typeof value !== 'string') throw invalid(field, 'a text', value);
    return value.trim();
  });

/** One of a few words, in whatever case it is written. */
export const choice = <const W extends string>(...words: W[]): Field<W> =>
  new Field((value, field) => {
    const word = wordOf(words, value);
    if (word === undefined) throw invalid(field, `one of ${words.join(', ')}`, value);
    return word;
  });

/** A number within bounds; a text that is a number counts. */
export const number = ({ min = 0, max = Number.MAX_SAFE_INTEGER, whole = true } = {}): Field<number> =>
  new Field((value, field) => {
    const amount = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    const wanted = `${whole ? 'a whole number' : 'a number'} from ${min} to ${max}`;
    if (typeof amount !== 'number' || !(amount >= min && amount <= max)) throw invalid(field, wanted, value);
    if (whole && !Number.isInteger(amount)) throw invalid(field, wanted, value);
    return amount;
  });

/** Yes or no. */
export const flag = (): Field<boolean> =>
  new Field((value, field) => {
    if (value === true || wordOf(['true'], value)) return true;
    if (value === false || wordOf(['false'], value)) return false;
    throw invalid(field, 'true or false', value);
  });

/** A list whose entries `entry` reads; a text that holds JSON counts. */
export const list = <T>(entry: Parse<T>): Field<T[]> =>
  new Field((value, field) => {
    const items = fromJson(value, field);
    if (!Array.isArray(items)) throw invalid(field, 'a list', value);
    return items.map((item, index) => entry(item, `${field}[${index}]`));
  });

/** An object, kept as it is; a text that holds JSON counts. */
export const object = (): Field<Record<string, unknown>> => new Field((value, field) => asObject(value, field));

/** Any value; a text has to hold JSON. */
export const json = (): Field<unknown> => new Field(fromJson);

/** Any value that is not empty. */
export const anything = (): Field<unknown> => new Field(value => value);

/** A value that only some uses of a node need. @throws INPUT_MISSING, saying what it is needed for */
export function given<T>(value: T | undefined, field: string, use: string): T {
  if (value !== undefined) return value;
  throw new AdapterError('INPUT_MISSING', `${field}: it is needed ${use}.`, { subject: field });
}

/** Reads an object inside a list or another object. */
export function asObject(value: unknown, field: string): Record<string, unknown> {
  const found = fromJson(value, field);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) throw invalid(field, 'an object', value);
  return Object.fromEntries(Object.entries(found));
}

/** Reads a text inside a list or an object. */
export function asText(value: unknown, field: string): string {
  if (typeof value !== 'string' || value === '') throw invalid(field, 'a text', value);
  return value;
}

/** Reads a text that may be missing or empty inside a list or an object. */
export function optionalText(value: unknown, field: string): string | undefined {
  return value === undefined || value === null || value === '' ? undefined : asText(value, field);
}

function fromJson(value: unknown, field: string): unknown {
  if (typeof value !== 'string') return value;
  try {
    return parseExact(value);
  } catch {
    throw invalid(field, 'JSON', value);
  }
}

export type Inputs = Record<string, Input<unknown>>;
export type Values<I extends Inputs> = { [K in keyof I]: I[K] extends Input<infer T> ? T : never };

/** Those values by which a durable step is known. */
export function comparedOf(inputs: Inputs, values: Record<string, unknown>): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const { compared = 'always', fallback } = inputs[name] ?? {};
    if (compared === 'no longer') found[name] = anyValue;
    else if (compared === 'always' || (compared === 'unless preset' && value !== fallback?.value)) found[name] = value;
  }
  return found;
}
