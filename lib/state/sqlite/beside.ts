import { type FileHeader, headerBytes, headerOf, isMarkedFor } from './file-marks';
import { readPart } from './read-part';

/** What is beside a state file: nothing that matters, its own log, or a log of some other file. */
export type Beside = { found: 'nothing' | 'log' } | { found: 'strange'; path: string };

/** Examines the log files that SQLite would apply to the file on opening. Changes nothing.
 *  @throws the file system's error */
export async function besideOf(file: string, header: FileHeader | null): Promise<Beside> {
  const [log, journal] = [`${file}-wal`, `${file}-journal`];
  const before = await journalMark(journal);
  if (before !== null && before !== header?.mark) return { found: 'strange', path: journal };
  const marks = await logMarks(log);
  if (marks === null) return { found: 'nothing' };
  return header && isMarkedFor(header.mark, marks) ? { found: 'log' } : { found: 'strange', path: log };
}

/** Lengths by the file format (sqlite.org/fileformat2.html, 4.1). */
const logHeaderBytes = 32;
const frameHeaderBytes = 24;
/** Read together: a log may be 16 MiB and more, and a read for each frame would take far longer than the check. */
const framesAtOnce = 256;

/** The mark of every first page in a write-ahead log, in order; null when SQLite would apply nothing because no frame is
 *  complete (sqlite.org/fileformat2.html, 4.1 and 4.2). */
async function logMarks(path: string): Promise<number[] | null> {
  const start = await readPart(path, 0, logHeaderBytes);
  if (!start || start.length < logHeaderBytes) return null;
  const [magic, page] = [start.readUInt32BE(0), start.readUInt32BE(8)];
  // The last bit of the magic number says in which byte order the checksums were computed.
  const isKnown = magic === 0x377f0682 || magic === 0x377f0683;
  const sum = new CheckSum(magic === 0x377f0682);
  sum.add(start, 0, 24);
  if (!isKnown || !sum.equals(start, 24) || page < 512 || page > 65_536) return null;
  const salts = start.subarray(16, 24);
  const frame = frameHeaderBytes + page;
  const marks: number[] = [];
  for (let at = logHeaderBytes, isFirst = true; ; at += frame * framesAtOnce) {
    const some = (await readPart(path, at, frame * framesAtOnce)) ?? Buffer.alloc(0);
    for (let begin = 0; begin < some.length; begin += frame, isFirst = false) {
      // The rest belongs to an older log, or was not written completely.
      const isWhole = begin + frame <= some.length && some.subarray(begin + 8, begin + 16).equals(salts);
      if (isWhole) {
        sum.add(some, begin, 8);
        sum.add(some, begin + frameHeaderBytes, page);
      }
      if (!isWhole || !sum.equals(some, begin + 16)) return isFirst ? null : marks;
      // Only the first page of the file carries a mark.
      if (some.readUInt32BE(begin) === 1) marks.push(headerOf(some.subarray(begin + frameHeaderBytes)).mark);
    }
    if (some.length < frame * framesAtOnce) return at === logHeaderBytes && some.length === 0 ? null : marks;
  }
}

/** SQLite's own checksum, over 32-bit words. */
class CheckSum {
  readonly #littleEndian: boolean;
  #one = 0;
  #two = 0;

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian;
  }

  /** Adds `length` bytes, a multiple of 8: SQLite sums pairs of words. */
  add(bytes: Buffer, from: number, length: number): void {
    const words = new DataView(bytes.buffer, bytes.byteOffset + from, length);
    for (let at = 0; at < length; at += 8) {
      this.#one = (this.#one + words.getUint32(at, this.#littleEndian) + this.#two) >>> 0;
      this.#two = (this.#two + words.getUint32(at + 4, this.#littleEndian) + this.#one) >>> 0;
    }
  }

  /** Whether the sum so far is the one stored at `at`; stored sums are big-endian in either order of words. */
  equals(bytes: Buffer, at: number): boolean {
    return bytes.readUInt32BE(at) === this.#one && bytes.readUInt32BE(at + 4) === this.#two;
  }
}

/** How a rollback journal begins, in hexadecimal. */
const journalMagic = 'd9d505f920a163d7';

/** The mark of the first page in a rollback journal; null when there is none or it would not be rolled back. SQLite writes a
 *  journal only while a state file is first opened or closed. */
async function journalMark(path: string): Promise<number | null> {
  const start = await readPart(path, 0, 28);
  if (!start || start.length < 28 || start.toString('hex', 0, 8) !== journalMagic) return null;
  const record = await readPart(path, start.readUInt32BE(20), 4 + headerBytes);
  if (!record || record.length < 4 + headerBytes || record.readUInt32BE(0) !== 1) return null;
  return headerOf(record.subarray(4)).mark;
}
