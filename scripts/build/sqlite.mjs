/** SQLite for Node.js below 22.13, which has none built in: the binaries of `@photostructure/sqlite` alone, one a platform,
 *  packed. The package itself would bring 29 MB into every user directory (docs/decisions/020). */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { at, foldersIn, readJson } from '../lib/paths.mjs';

const source = at('node_modules', '@photostructure', 'sqlite');
const { BROTLI_PARAM_QUALITY: quality, BROTLI_PARAM_LGWIN: window } = constants;
/** More would take ten times as long for a tenth less. */
const params = { [quality]: 5, [window]: 22 };

/** Packed once a version, because it takes seconds. */
export async function packSqlite() {
  const kept = at('.tmp', `sqlite-${readJson(join(source, 'package.json')).version}`);
  if (!existsSync(kept)) {
    const making = `${kept}.${process.pid}`;
    mkdirSync(making, { recursive: true });
    await Promise.all(binaries().map(({ file, name }) => pack(file, join(making, `${name}.node.br`))));
    cpSync(join(source, 'LICENSE'), join(making, 'LICENSE'));
    rmSync(kept, { recursive: true, force: true });
    renameSync(making, kept);
  }
  cpSync(kept, at('dist', 'binaries'), { recursive: true });
}

/** All but Alpine's are called `glibc`, Windows' too. */
const binaries = () =>
  foldersIn(join(source, 'prebuilds')).flatMap(platform =>
    readdirSync(join(source, 'prebuilds', platform)).map(file => ({
      file: join(source, 'prebuilds', platform, file),
      name: file.includes('musl') ? `${platform}-musl` : platform,
    })),
  );

async function pack(file, target) {
  writeFileSync(target, await promisify(brotliCompress)(readFileSync(file), { params }));
}
