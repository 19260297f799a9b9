import { randomInt } from 'node:crypto';
import { readPart } from './read-part';

/** In the header of each state file ("WAPb"), so that no other program's file is taken for one. */
export const applicationId = 0x57415062;

/** What the first page of a SQLite file says of it (sqlite.org/fileformat2.html, 1.3). */
export interface FileHeader {
  isSqlite: boolean;
  /** Pages of the file; 1 has no table. */
  pages: number;
  applicationId: number;
  /** It was not closed: it has, or had, a log. */
  isLogged: boolean;
  /** The `user_version`: see `nextMark`. */
  mark: number;
}

export const headerBytes = 100;
const magic = 'SQLite format 3\0';

/** Null for an empty file, or none. @throws what the file system says */
export async function readHeader(file: string): Promise<FileHeader | null> {
  const first = await readPart(file, 0, headerBytes);
  return first && first.length > 0 ? headerOf(first) : null;
}

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

/** A log that begins anew writes a mark into the first page: half of it is new, half says on which mark of the file the log
 *  follows. So a log tells whether it is of the file beside it. */
export function nextMark(current: number): number {
  const own = current & 0xffff;
  let next = own;
  while (next === own) next = randomInt(1, 0x10000);
  return (own << 16) | next;
}

/** Whether a log whose first pages have these marks, in their order, is of a file with this one. In the middle of a
 *  checkpoint the file may have a mark of the log already. */
export function isMarkedFor(file: number, marks: readonly number[]): boolean {
  const [first] = marks;
  // Of a version that made none; whether it fits, the check of what was left has to show.
  if (first === undefined) return true;
  return marks.includes(file) || ((first >>> 16) & 0xffff) === (file & 0xffff);
}
