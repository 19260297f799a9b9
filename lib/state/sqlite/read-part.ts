import { type FileHandle, open } from 'node:fs/promises';

/** Part of a file: null when there is no file, shorter where it ends.
 *  @throws the file system's error */
export async function readPart(path: string, at: number, length: number): Promise<Buffer | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
