import { isUtf8 } from 'node:buffer';
import { parseExact } from '../json';

/** Longer texts are not repaired: that would hold up the event loop. */
const longestMended = 1_000_000;

/** The text in a body: by its byte order mark, else UTF-8 where it is valid, else by the charset of its type or of its XML
 *  declaration, else windows-1252. UTF-16 without a mark is known by its zeros. */
export function decodeBody(bytes: Buffer, contentType = ''): string {
  const marked = charsetOfMark(bytes);
  if (isPlainUtf8(bytes)) return bytes.toString('utf8');
  const [, declared = ''] = /charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType) ?? xmlEncoding.exec(headOf(bytes)) ?? [];
  const decoder = decoderOf(marked ?? declared, marked !== null) ?? new TextDecoder('windows-1252');
  return decoder.decode(bytes);
}

/** True when the bytes are plain UTF-8 JSON without a byte order mark. */
export function isPlainUtf8(bytes: Buffer): boolean {
  return charsetOfMark(bytes) === null && isUtf8(bytes);
}

/** What an XML declaration says of its own encoding. */
const xmlEncoding = /^\s*<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)/i;
/** As single bytes: declarations are ASCII in every encoding that has no mark. */
const headOf = (bytes: Buffer): string => bytes.toString('latin1', 0, 200);

/** By a byte order mark, or by the zeros that UTF-16 has between ASCII letters; null without either. */
function charsetOfMark(bytes: Buffer): string | null {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first === 0 && second !== 0 && second !== undefined) return 'utf-16be';
  return second === 0 && first !== 0 ? 'utf-16le' : null;
}

/** `null` for an unknown charset, and for text that is labelled UTF-8 but is not valid: old Windows software writes that. */
function decoderOf(label: string, isMarked: boolean): TextDecoder | null {
  if (label === '' || (!isMarked && /^utf-?8$/i.test(label))) return null;
  try {
    return new TextDecoder(label);
  } catch {
    return null;
  }
}

/** JSON as servers send it; `null` as value for an empty body, `undefined` for what is not JSON. Tolerates marks around it and
 *  line breaks inside its strings, which JSON forbids; it is then not `isPlain`. */
export function parseJson(text: string): { value: unknown; isPlain: boolean } | undefined {
  if (text.trim() === '') return { value: null, isPlain: true };
  const plain = parsedOr(text);
  const parsed = plain ?? parsedOr(mended(text));
  return parsed && { ...parsed, isPlain: plain !== undefined };
}

/** Undefined for what is not JSON; long numbers stay exact. */
function parsedOr(text: string | null): { value: unknown } | undefined {
  if (text === null) return undefined;
  try {
    return { value: parseExact(text) };
  } catch {
    return undefined;
  }
}

/** Strips what some servers put around JSON (marks, NUL, end-of-file, anti-hijacking prefixes) and escapes control characters
 *  in its strings. */
function mended(text: string): string | null {
  if (text.length > longestMended) return null;
  let start = 0;
  let end = text.length;
  while (start < end && isOdd(text.charCodeAt(start))) start += 1;
  while (end > start && isOdd(text.charCodeAt(end - 1))) end -= 1;
  const inner = text.slice(start, end).replace(/^\)\]\}',?\s*/, '');
  return inner === '' ? null : withEscapedControls(inner);
}

/** White space, control characters and marks, which no JSON begins or ends with. */
const isOdd = (code: number): boolean => code <= 0x20 || code === 0x85 || code === 0xa0 || code === 0xfeff;

/** Escapes control characters inside of texts; outside they are white space and stay. */
function withEscapedControls(text: string): string {
  let result = '';
  let isInText = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (isInText && char === '\\') {
      result += char + text.charAt(at + 1);
      at += 1;
      continue;
    }
    if (char === '"') isInText = !isInText;
    result += isInText && char < ' ' ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : char;
  }
  return result;
}

/** Names what a body is that should have been JSON or SOAP, for a message. */
export function natureOf(text: string, contentType = ''): string {
  const start = text.slice(0, 1000).trimStart();
  if (start === '') return 'an empty body';
  if (/^(<!doctype\s+html|<html|<head|<body)/i.test(start)) return 'an HTML page';
  if (start.startsWith('<?xml') || /^<[\w:.-]+[\s>/]/.test(start)) {
    return /html/i.test(contentType) ? 'an HTML page' : 'XML';
  }
  if (/html/i.test(contentType)) return 'an HTML page';
  return `${text.length} characters`;
}
