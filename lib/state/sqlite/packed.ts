import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

/** Where the build puts SQLite's binaries, beside the one file that it makes of the nodes: one per platform, each compressed with
 *  Brotli. */
const packedFolder = join(__dirname, 'binaries');

/** SQLite's binary for this machine from `folder`, unpacked when it is first needed; undefined when there is none for this
 *  machine. Several processes may do so at the same time.
 *  @throws what the file system or the loader of binaries says */
export function loadPacked(folder = packedFolder): unknown {
  const packed = join(folder, `${binaryName()}.node.br`);
  if (!existsSync(packed)) return undefined;
  const unpacked = packed.replace(/\.br$/, '');
  if (existsSync(unpacked)) return require(unpacked);
  const content = brotliDecompressSync(readFileSync(packed));
  try {
    // Never half there under its own name, whatever ends this process.
    const making = `${unpacked}.${process.pid}`;
    writeWhole(making, content);
    renameSync(making, unpacked);
  } catch {
    if (!existsSync(unpacked)) return loadFromElsewhere(content);
    // Another process was quicker: on Windows a binary in use cannot be replaced.
  }
  return require(unpacked);
}

/** A package that somebody else installed may be read-only. The folder is new and this user's own, because a name that others can
 *  guess would let them put their own binary there. Windows keeps a binary in use, and so it stays. */
function loadFromElsewhere(content: Buffer): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'wap-billing-sqlite-'));
  try {
    const file = join(folder, 'sqlite.node');
    writeWhole(file, content);
    return require(file);
  } finally {
    if (process.platform !== 'win32') rmSync(folder, { recursive: true });
  }
}

/** Written and synced: after a power cut, a file that has its name but not its content would be loaded at every start. */
function writeWhole(file: string, content: Buffer): void {
  const descriptor = openSync(file, 'w');
  try {
    for (let at = 0; at < content.length; ) at += writeSync(descriptor, content, at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Alpine's C library takes binaries of its own. */
function binaryName(): string {
  const name = `${process.platform}-${process.arch}`;
  return process.platform === 'linux' && existsSync('/etc/alpine-release') ? `${name}-musl` : name;
}
