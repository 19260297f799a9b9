import { yieldToLoop } from '../async/event-loop';
import { AdapterError } from '../errors';

const pieceBytes = 1024 * 1024;
/** Each may have to be replaced. */
const signsTogether = 64 * 1024;
const marks: Array<[label: string, mark: number[]]> = [
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** The text of a file: UTF-8, or UTF-16 with its byte order mark. Bytes that are neither become U+FFFD, for which the line is
 *  refused that has them. Read in pieces, between which everything else has its turn.
 *  @throws INPUT_INVALID for what is no text */
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

export type Encoding = 'UTF-8' | 'UTF-16' | 'windows-1252';

/** The text of a file in whichever encoding a spreadsheet saved it, with that encoding: for a person who looks at what came of
 *  it. What has no mark and no letter of UTF-8 is taken for Windows' Western encoding. UTF-8 of which some bytes are lost stays
 *  UTF-8: read as Windows' it would lose every other letter, without a word.
 *  @throws INPUT_INVALID for what is no text */
export async function decodeAny(bytes: Uint8Array): Promise<{ text: string; encoding: Encoding }> {
  const text = await decodeFile(bytes);
  if (marks.some(([, mark]) => mark.every((byte, index) => bytes[index] === byte))) return { text, encoding: 'UTF-16' };
  if (!text.includes(lostCharacter) || hasUtf8(text, bytes)) return { text, encoding: 'UTF-8' };
  return { text: await windowsText(bytes), encoding: 'windows-1252' };
}

/** A letter of more than one byte, or a lost one that was saved as such. */
function hasUtf8(text: string, bytes: Uint8Array): boolean {
  return (
    /[^\0-\x7f\uFFFD]/.test(text) || Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(lostCharacter)
  );
}

/** The signs from 0x80 to 0x9f; some versions of Node.js decode them as ISO 8859-1, where they are none. */
const windowsSigns = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

async function windowsText(bytes: Uint8Array): Promise<string> {
  let text = '';
  for (let at = 0; at < bytes.length; at += signsTogether) {
    const piece = Buffer.from(bytes.subarray(at, at + signsTogether)).toString('latin1');
    text += piece.replace(/[\x80-\x9f]/g, sign => windowsSigns[sign.charCodeAt(0) - 0x80] ?? sign);
    await yieldToLoop();
  }
  return text;
}

/** What stands for bytes that were not readable. */
export const lostCharacter = '\uFFFD';

function noText(): AdapterError {
  return AdapterError.advising(
    'INPUT_INVALID',
    'The mapping file is not UTF-8 text: save it as "CSV UTF-8" in the spreadsheet.',
    { subject: 'file' },
  );
}
