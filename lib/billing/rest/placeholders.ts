import { shapeOf } from '../../errors';

/** A piece of a text with placeholders: literal text, or the JSONata expression between `{` and `}`. */
export type TextPart = { literal: string } | { expression: string };

const quotes = new Set(['"', "'", '`']);

/** Splits `/offers/{key}` into its pieces. Braces inside a placeholder may nest and may stand in quotes; a literal
 *  brace is written as `{"{"}`. @throws Error with the reason, for the caller to name the field. */
export function parseText(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('{', at);
    const literal = text.slice(at, open === -1 ? text.length : open);
    if (literal.includes('}')) throw new Error('a "}" has no "{" before it');
    if (literal !== '') parts.push({ literal });
    if (open === -1) break;
    const close = closingBrace(text, open);
    const expression = text.slice(open + 1, close).trim();
    if (expression === '') throw new Error('a placeholder "{}" is empty');
    parts.push({ expression });
    at = close + 1;
  }
  return parts;
}

function closingBrace(text: string, open: number): number {
  let depth = 0;
  let quote: string | null = null;
  for (let at = open; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote !== null) {
      if (char === '\\') at++;
      else if (char === quote) quote = null;
    } else if (quotes.has(char)) quote = char;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return at;
  }
  throw new Error('a "{" is never closed');
}

/** What a placeholder gave, as text; empty for nothing and null. @throws Error for a list or an object. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  throw new Error(`a placeholder gave ${shapeOf(value)}, not a text or a number`);
}

/** A value as one part of a path or query: everything but letters, digits and `-_.!~*'()` percent-encoded as UTF-8.
 *  @throws Error for half of a surrogate pair, which no address can carry. */
export function encodePart(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    throw new Error('a placeholder gave a text that is not valid Unicode');
  }
}

/** Whether a rendered path holds a segment `.` or `..`: every client and server resolves it, percent-encoded or not,
 *  so a key of two dots would reach another address than the one meant. */
export function hasDotSegment(path: string): boolean {
  return path.split('/').some(segment => /^(\.|%2e){1,2}$/i.test(segment));
}
