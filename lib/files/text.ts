import { yieldToLoop } from '../async/event-loop';
import { AdapterError } from '../errors';

/** Bytes decoded before the event loop gets a turn. */
const pieceBytes = 1024 * 1024;
/** Each may have to be replaced. */
const signsTogether = 64 * 1024;
/** Byte order marks of UTF-16; that of UTF-8 is no different from text. */
const marks: Array<[label: string, mark: number[]]> = [
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** The text of a file: UTF-8, or UTF-16 with a byte order mark. Other bytes become U+FFFD, and later the line that holds one is
 *  refused. Read in pieces with a turn of the event loop between them.
 *  @throws INPUT_INVALID for what is not text */
export async function decodeFile(bytes: Uint8Array): Promise<string> {
  const [label] = marks.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte)) ?? ['utf-8'];
  if (label === 'utf-8' && bytes.includes(0)) throw noText();
  const decoder = new TextDecoder(label);
  let text = '';
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    text += decoder.decode(bytes.subarray(at, at + pieceBytes), { stream: true });
    await yieldToLoop();
  }
  return text + decoder.decode();
}

/** As people are told. */
export type Encoding = 'UTF-8' | 'UTF-16' | 'windows-1252';

/** The text of a file in whatever encoding a spreadsheet saved it, and that encoding; for a person who reviews the result.
 *  Without a mark and without valid UTF-8 letters it is taken for windows-1252. UTF-8 with a few damaged bytes stays UTF-8: as
 *  windows-1252 every letter outside ASCII would silently turn into garbage.
 *  @throws INPUT_INVALID for what is not text */
export async function decodeAny(bytes: Uint8Array): Promise<{ text: string; encoding: Encoding }> {
  const text = await decodeFile(bytes);
  if (marks.some(([, mark]) => mark.every((byte, index) => bytes[index] === byte))) return { text, encoding: 'UTF-16' };
  if (!text.includes(lostCharacter) || hasUtf8(text, bytes)) return { text, encoding: 'UTF-8' };
  return { text: await windowsText(bytes), encoding: 'windows-1252' };
}

/** A letter of several bytes in UTF-8, or U+FFFD as somebody saved it. */
function hasUtf8(text: string, bytes: Uint8Array): boolean {
  return (
    /[^\0-\x7f\uFFFD]/.test(text) || Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(lostCharacter)
  );
}

/** The characters of windows-1252 from 0x80 to 0x9f. Some versions of Node.js decode them as ISO 8859-1, where these are
 *  control characters. */
const windowsSigns = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Never fails: every byte is some character. */
async function windowsText(bytes: Uint8Array): Promise<string> {
  let text = '';
  for (let at = 0; at < bytes.length; at += signsTogether) {
    const piece = Buffer.from(bytes.subarray(at, at + signsTogether)).toString('latin1');
    text += piece.replace(/[\x80-\x9f]/g, sign => windowsSigns[sign.charCodeAt(0) - 0x80] ?? sign);
    await yieldToLoop();
  }
  return text;
}

/** Stands for bytes that could not be decoded. */
export const lostCharacter = '\uFFFD';

/** INPUT_INVALID: a byte of zero is in no text but UTF-16. */
function noText(): AdapterError {
  return AdapterError.advising(
    'INPUT_INVALID',
    'The mapping file is not UTF-8 text: save it as "CSV UTF-8" in the spreadsheet.',
    { subject: 'file' },
  );
}
