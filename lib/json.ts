/** Sixteen digits in a row, which nearly no JSON has. Written out because `\d{16}` takes six times as long. */
const manyDigits = /\d\d\d\d\d\d\d\d\d\d\d\d\d\d\d\d/;
const whole = /^-?[1-9]\d{15,}$/;
/** The characters of a number. */
const ofNumber = /[-+.\deE]+/y;
const textOrNumber = /["\d-]/g;

/** `JSON.parse`, except that a whole number beyond 2^53, such as an id of the peer's database, becomes a string: as a number it
 *  would change.
 *  @throws SyntaxError as `JSON.parse` does */
export function parseExact(text: string): unknown {
  return JSON.parse(manyDigits.test(text) ? withQuotes(text) : text);
}

/** Quotes the numbers that JavaScript cannot hold. Runs in linear time on any text. */
function withQuotes(text: string): string {
  let result = '';
  let taken = 0;
  textOrNumber.lastIndex = 0;
  for (let found = textOrNumber.exec(text); found; found = textOrNumber.exec(text)) {
    const start = found.index;
    const end = found[0] === '"' ? endOfText(text, start) : endOfNumber(text, start);
    textOrNumber.lastIndex = end;
    const number = end - start < 16 || found[0] === '"' ? '' : text.slice(start, end);
    if (!whole.test(number) || Number.isSafeInteger(Number(number))) continue;
    result += `${text.slice(taken, start)}"${number}"`;
    taken = end;
  }
  return result + text.slice(taken);
}

/** The position after the closing quote of the string that begins at `start`. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; ; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return text.length;
    let escapes = 0;
    while (text[quote - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

function endOfNumber(text: string, start: number): number {
  ofNumber.lastIndex = start;
  ofNumber.exec(text);
  return ofNumber.lastIndex;
}
