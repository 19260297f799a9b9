import { randomInt } from 'node:crypto';
import { readPart } from './read-part';

/** The application id in the header of each state file ("WAPb"): no other program's file is taken for one. */
export const applicationId = 0x57415062;

/** What the first page of a SQLite file says of it (sqlite.org/fileformat2.html, 1.3). */
export interface FileHeader {
  /** The file begins with SQLite's magic text; an empty database has no header yet. */
  isSqlite: boolean;
  /** Number of pages; a file of 1 page has no table. */
  pages: number;
  applicationId: number;
  /** True when the file is in WAL mode, so it was not closed cleanly: it has, or had, a log. */
  isLogged: boolean;
  /** The `user_version`: see `nextMark`. */
  mark: number;
}

/** Length of the header in the first page; everything in `FileHeader` is inside it. */
export const headerBytes = 100;
const magic = 'SQLite format 3\0';

/** Null for an empty or missing file.
 *  @throws the file system's error */
export async function readHeader(file: string): Promise<FileHeader | null> {
  const first = await readPart(file, 0, headerBytes);
  return first && first.length > 0 ? headerOf(first) : null;
}

/** Reads the header from the first bytes of page 1, which may be fewer than a header: what is missing reads as zero. The page may
 *  come from the file, its log or its journal. */
export function headerOf(page: Buffer): FileHeader {
  const whole = Buffer.alloc(headerBytes);
  page.copy(whole);
  return {
    isSqlite: whole.toString('latin1', 0, magic.length) === magic,
    pages: whole.readUInt32BE(28),
    applicationId: whole.readUInt32BE(68),
    isLogged: whole[18] === 2,
    mark: whole.readInt32BE(60),
  };
}

/** Each new log writes a mark into the first page: half of it is fresh, half repeats the mark of the file it continues. So a
 *  log shows whether it belongs to the file beside it. */
export function nextMark(current: number): number {
  const own = current & 0xffff;
  let next = own;
  while (next === own) next = randomInt(1, 0x10000);
  return (own << 16) | next;
}

/** Whether a log whose first pages have these marks, in order, belongs to a file with this mark. In the middle of a checkpoint
 *  the file may have a mark of the log already. */
export function isMarkedFor(file: number, marks: readonly number[]): boolean {
  const [first] = marks;
  // Written by a version without marks; whether it fits is left to the integrity check.
  if (first === undefined) return true;
  return marks.includes(file) || ((first >>> 16) & 0xffff) === (file & 0xffff);
}
