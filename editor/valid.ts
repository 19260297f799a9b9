import { type EditorNode, say } from './red';

type Check = (this: EditorNode, value: unknown) => true | string;

/** A validator as `defaults` takes it: true, or the reason in the user's language. */
export type Validator = (this: EditorNode, value: unknown, options: { label?: string }) => true | string;

/** Node-RED takes a text for a reason only from functions of two parameters; from others any text means valid. With a label,
 *  as for the red triangle, the reason begins with it. */
export const withReason = (check: Check): Validator =>
  function (value, options) {
    // A flow that an older version saved lacks a new field: the node takes the preset of the dialog.
    const reason = value === undefined ? true : check.call(this, value);
    return reason === true || !options.label ? reason : say('valid.of', { label: options.label, reason });
  };

const isBlank = (value: unknown): boolean => value === undefined || value === null || value === '';
const usesEnv = (value: unknown): boolean => typeof value === 'string' && /\$\{[^}]+\}/.test(value);

/** Not empty. */
export const required = (): Validator => withReason(value => (isBlank(value) ? say('valid.required') : true));

/** An http(s) address, or one from the environment. */
export const address = ({ optional = false } = {}): Validator =>
  withReason(value => {
    if (isBlank(value)) return optional ? true : say('valid.required');
    if (usesEnv(value)) return true;
    return typeof value === 'string' && /^https?:\/\/[^\s/]+/i.test(value) ? true : say('valid.address');
  });

/** A number within bounds, or one from the environment. */
export const number = ({ min = 0, max = Number.MAX_SAFE_INTEGER, whole = true, optional = false } = {}): Validator =>
  withReason(value => {
    if (isBlank(value)) return optional ? true : say('valid.required');
    if (usesEnv(value)) return true;
    const amount = Number(value);
    const fits = amount >= min && amount <= max && (!whole || Number.isInteger(amount));
    return fits ? true : say('valid.number', { min, max });
  });

interface TypedRules {
  /** May be empty: always, or as the node's other fields are. */
  optional?: boolean | ((node: EditorNode) => boolean);
  /** The words of a choice. */
  words?: string[];
}

/** A typed field: a source is chosen and its value is readable. */
export const typed = (typeField: string, { optional = false, words = [] }: TypedRules = {}): Validator =>
  withReason(function (value) {
    const type = this[typeField];
    const mayBeBlank = typeof optional === 'function' ? optional(this) : optional;
    if (isBlank(value)) return mayBeBlank ? true : say('valid.source');
    if (type === 'json') return isJson(value) ? true : say('valid.json');
    const literal = type === 'str' || isBlank(type);
    if (literal && words.length > 0 && !usesEnv(value) && !words.includes(String(value))) {
      return say('valid.word', { words: words.join(', ') });
    }
    return true;
  });

/** An object kept as JSON text. */
export const object = (): Validator =>
  withReason(value => {
    const found = typeof value === 'string' && value !== '' ? parse(value) : (value ?? {});
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? true : say('valid.json');
  });

/** Optional list kept as JSON text by an editable table: every row complete. */
export const rows = (columns: string[], { atLeast = 0 } = {}): Validator =>
  withReason(value => {
    const list: unknown = typeof value === 'string' && value !== '' ? parse(value) : (value ?? []);
    if (!Array.isArray(list)) return say('valid.json');
    if (list.length < atLeast) return say('valid.noRow');
    const bad = list.findIndex(row => columns.some(column => isBlank((row as Record<string, unknown>)[column])));
    return bad < 0 ? true : say('valid.row', { row: bad + 1 });
  });

const isJson = (value: unknown): boolean => parse(String(value)) !== undefined;

function parse(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
