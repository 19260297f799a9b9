import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { loadPacked } from '../../../lib/state/sqlite/packed';

interface Sqlite {
  DatabaseSync: new (file: string) => { prepare(sql: string): { all(params: object): unknown[] }; close(): void };
}

describe('SQLite brought along', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wap-billing-packed-'));
  });
  afterEach(() => {
    // Windows keeps a binary that was loaded until the process ends.
    rmSync(folder, { recursive: true, force: process.platform === 'win32' });
  });

  it('is unpacked when it is first needed, and found from then on', () => {
    const [name = ''] = packInto(folder);
    assert.equal(answer(loadPacked(folder)), 42);
    rmSync(join(folder, `${name}.br`));
    writeFileSync(join(folder, `${name}.br`), 'not read again');
    assert.equal(answer(loadPacked(folder)), 42);
    assert.deepEqual(
      readdirSync(folder).filter(file => !file.endsWith('.br')),
      [name],
    );
  });

  it('is not there for a machine that none was packed for', () => assert.equal(loadPacked(folder), undefined));

  it('is used from a folder of its own when the package is read-only', () => {
    const names = packInto(folder);
    // Root may write anywhere, so what is in the way is a folder.
    for (const name of names) mkdirSync(join(folder, `${name}.${process.pid}`));
    const before = elsewhere();
    assert.equal(answer(loadPacked(folder)), 42);
    assert.deepEqual(
      readdirSync(folder).filter(file => names.includes(file)),
      [],
    );
    if (process.platform !== 'win32') assert.deepEqual(elsewhere(), before);
  });

  it('is refused when it is damaged, and nothing is left behind', () => {
    for (const name of packInto(folder)) writeFileSync(join(folder, `${name}.br`), 'damaged');
    assert.throws(() => loadPacked(folder), /Decompression failed/);
    assert.deepEqual(
      readdirSync(folder).filter(file => !file.endsWith('.br')),
      [],
    );
  });
});

/** Packs this machine's binary as the build does; answers its names, of which there are two where there are two C libraries. */
function packInto(folder: string): string[] {
  const platform = `${process.platform}-${process.arch}`;
  const source = join(
    dirname(createRequire(__filename).resolve('@photostructure/sqlite/package.json')),
    'prebuilds',
    platform,
  );
  return readdirSync(source)
    .map(file => {
      const name = `${platform}${file.includes('musl') ? '-musl' : ''}.node`;
      const params = { [constants.BROTLI_PARAM_QUALITY]: 1 };
      writeFileSync(join(folder, `${name}.br`), brotliCompressSync(readFileSync(join(source, file)), { params }));
      return name;
    })
    .sort((a, b) => a.length - b.length);
}

function answer(loaded: unknown): unknown {
  const db = new (loaded as Sqlite).DatabaseSync(':memory:');
  const [row] = db.prepare('SELECT 42 AS answer').all({});
  db.close();
  return Object.values(row ?? {})[0];
}

const elsewhere = () => readdirSync(tmpdir()).filter(name => name.startsWith('wap-billing-sqlite-'));
