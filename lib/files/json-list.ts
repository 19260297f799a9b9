/** One element of a JSON list as it is written, and the line it begins on, from 1. */
export interface JsonElement {
  line: number;
  text: string;
}

/** Cuts the text of a JSON list into its elements without parsing them, so that one bad element does not spoil the rest. Where
 *  the text stops being a list, the last element is `broken` with its line. */
export function* jsonElements(text: string): Generator<JsonElement | { broken: number }, void, undefined> {
  const place = new Place(text);
  if (place.next() !== '[') return yield { broken: place.line };
  place.step();
  if (place.next() === ']') return yield* ended(place);
  for (;;) {
    place.next();
    const { at, line } = place;
    const end = elementEnd(text, at);
    yield { line, text: text.slice(at, end) };
    place.moveTo(end);
    const mark = place.next();
    if (mark === ']') return yield* ended(place);
    if (mark !== ',') return yield { broken: place.line };
    place.step();
  }
}

/** Anything behind the list is an error: the file may be two lists in one. */
function* ended(place: Place): Generator<{ broken: number }, void, undefined> {
  place.step();
  if (place.next() !== '') yield { broken: place.line };
}

/** A place in the text, and the line it is on. */
class Place {
  readonly #text: string;
  at = 0;
  line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next character that is not white space; empty at the end. */
  next(): string {
    while (/[\s\uFEFF]/.test(this.#text[this.at] ?? '')) this.step();
    return this.#text[this.at] ?? '';
  }

  /** One character further. */
  step(): void {
    if (this.#text[this.at] === '\n') this.line += 1;
    this.at += 1;
  }

  /** Step by step, because lines have to be counted. */
  moveTo(end: number): void {
    while (this.at < end) this.step();
  }
}

/** The end of the element that begins here: the next comma or bracket outside it. */
function elementEnd(text: string, start: number): number {
  const mark = /["[\]{},]/g;
  mark.lastIndex = start;
  let depth = 0;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    const [character] = found;
    if (character === '"') mark.lastIndex = textEnd(text, found.index);
    else if (character === '[' || character === '{') depth += 1;
    else if (character !== ',' && depth > 0) depth -= 1;
    else if (depth === 0) return found.index;
  }
  return text.length;
}

/** Behind the closing quote of a text: one that is escaped by an odd number of backslashes is not it. */
function textEnd(text: string, start: number): number {
  for (let at = start + 1; ; at += 1) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return text.length;
    let slashes = 0;
    while (text[quote - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return quote + 1;
    at = quote;
  }
}
