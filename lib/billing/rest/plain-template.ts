import { isObject } from '../../errors';

/** The answer of a `PlainTemplate` when the data is not as simple as the template: then JSONata has to evaluate it. */
export const notPlain: unique symbol = Symbol('not plain');

/** Gives what JSONata would give, without a promise. */
export type PlainTemplate = (data: unknown) => unknown;

type Fields = Record<string, unknown>;
type Part = (input: Fields) => unknown;

const token = /\s*(?:"([^"\\]*)"|([A-Za-z]\w*)|([{}[\]:,.]))/y;
/** Neither one of JSONata's own words nor a name that every object has. */
const isName = (word: string): boolean =>
  !['and', 'or', 'in', 'true', 'false', 'null', 'function'].includes(word) && !(word in {});

/** Compiles templates that are objects of fields and lists of such objects, as nearly all are:
 *  `{ "records": [items.{ "id": key, "of": account.id }] }`. JSONata makes dozens of promises for one such object, and that takes
 *  half of the processor time of sending usage (docs/performance.md). `null`: the template is more than that. */
export function plainTemplate(text: string): PlainTemplate | null {
  const tokens = tokensOf(text);
  if (!tokens) return null;
  const whole = new Reader(tokens).whole();
  return whole && (data => (isObject(data) ? whole(data) : notPlain));
}

interface Token {
  kind: 'text' | 'name' | 'mark';
  word: string;
}

function tokensOf(text: string): Token[] | null {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  for (token.lastIndex = 0; token.lastIndex < end; ) {
    const found = token.exec(text);
    if (!found) return null;
    const [, quoted, name, mark = ''] = found;
    if (quoted !== undefined) tokens.push({ kind: 'text', word: quoted });
    else tokens.push(name === undefined ? { kind: 'mark', word: mark } : { kind: 'name', word: name });
  }
  return tokens;
}

/** Every method answers null for anything that is not a plain template. */
class Reader {
  #at = 0;

  readonly #tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Part | null {
    const part = this.#value();
    return part && this.#at === this.#tokens.length ? part : null;
  }

  #value(): Part | null {
    if (this.#take('{')) return this.#object();
    if (this.#take('[')) return this.#list();
    const quoted = this.#word('text');
    return quoted === null ? this.#path() : () => quoted;
  }

  /** Behind its `{`. */
  #object(): Part | null {
    const members = new Map<string, Part>();
    do {
      const name = this.#word('text');
      if (name === null || name === '' || name in {} || members.has(name) || !this.#take(':')) return null;
      const value = this.#value();
      if (!value) return null;
      members.set(name, value);
    } while (this.#take(','));
    return this.#take('}') ? objectOf([...members]) : null;
  }

  /** Behind its `[`: one member, which must not be a list itself. */
  #list(): Part | null {
    const isNested = this.#tokens[this.#at]?.word === '[';
    const member = isNested ? null : this.#value();
    return member && this.#take(']') ? listOf(member) : null;
  }

  #path(): Part | null {
    const names: string[] = [];
    do {
      if (names.length > 0 && this.#take('{')) {
        const object = this.#object();
        return object && eachOf(names, object);
      }
      const name = this.#word('name');
      if (name === null || !isName(name)) return null;
      names.push(name);
    } while (this.#take('.'));
    return fieldOf(names);
  }

  #take(mark: string): boolean {
    const next = this.#tokens[this.#at];
    if (next?.kind !== 'mark' || next.word !== mark) return false;
    this.#at += 1;
    return true;
  }

  #word(kind: 'text' | 'name'): string | null {
    const next = this.#tokens[this.#at];
    if (next?.kind !== kind) return null;
    this.#at += 1;
    return next.word;
  }
}

/** Leaves out a field that is not there. */
function objectOf(members: Array<[string, Part]>): Part {
  return input => {
    const object: Fields = {};
    for (const [name, part] of members) {
      const value = part(input);
      if (value === notPlain) return notPlain;
      if (value !== undefined) object[name] = value;
    }
    return object;
  };
}

function listOf(member: Part): Part {
  return input => {
    const value = member(input);
    if (value === notPlain || Array.isArray(value)) return value;
    return value === undefined ? [] : [value];
  };
}

function fieldOf(names: readonly string[]): Part {
  return input => {
    const value = lookUp(input, names);
    return Array.isArray(value) ? notPlain : value;
  };
}

/** `items.{ … }`. As in JSONata, a list of one becomes its only member, and an empty list becomes nothing. */
function eachOf(names: readonly string[], object: Part): Part {
  return input => {
    const found = lookUp(input, names);
    if (found === undefined || found === notPlain) return found;
    const made: unknown[] = [];
    for (const one of Array.isArray(found) ? found : [found]) {
      const value = isObject(one) ? object(one) : notPlain;
      if (value === notPlain) return notPlain;
      made.push(value);
    }
    return made.length > 1 ? made : made[0];
  };
}

function lookUp(input: Fields, names: readonly string[]): unknown {
  let value: unknown = input;
  for (const name of names) {
    if (Array.isArray(value)) return notPlain;
    value = isObject(value) ? value[name] : undefined;
  }
  return typeof value === 'function' ? notPlain : value;
}
