/** The package as users get it: packed, and installed by npm into a user directory outside this repository. */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm';
import { type PackageJson, readPackage, repository } from './repository';
import { sharedFolder } from './shared-folder';

export interface InstalledPackage {
  /** A user directory's `node_modules`, to be linked to. */
  modules: string;
  /** The unpacked package in it. */
  folder: string;
  manifest: PackageJson;
  /** What it was installed from. */
  tarball: string;
}

const tarball = 'package.tgz';
let installed: InstalledPackage | undefined;

/** Builds when sources changed, packs, installs. Once a process, and once in all the processes of `npm test`; the installation
 *  is kept in the system's temporary folder under the hash of the tarball, so that the next run with the same content starts
 *  at once. */
export function installedPackage(): InstalledPackage {
  installed ??= install(packedByThisRun());
  return installed;
}

function packedByThisRun(): Packed {
  const note = process.env.WAP_BILLING_PACKED;
  if (!note) return pack();
  if (existsSync(note)) return JSON.parse(readFileSync(note, 'utf8'));
  const packed = pack();
  writeFileSync(note, JSON.stringify(packed));
  return packed;
}

interface Packed {
  file: string;
  hash: string;
}

function pack(): Packed {
  execFileSync(process.execPath, [join(repository, 'scripts', 'build.mjs'), '--if-stale'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const folder = join(repository, '.tmp', 'pack');
  mkdirSync(folder, { recursive: true });
  // Scripts are left out: the build above already did what `prepack` does.
  const answer = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], repository);
  const [packed]: Array<{ filename: string; shasum: string }> = Object.values(JSON.parse(answer));
  if (!packed) throw new Error('npm pack made no file');
  return { file: join(folder, packed.filename), hash: packed.shasum.slice(0, 16) };
}

function install({ file, hash }: Packed): InstalledPackage {
  const home = sharedFolder(`installed-${hash}`);
  if (!existsSync(home)) {
    const making = mkdtempSync(`${home}-making-`);
    writeFileSync(join(making, 'package.json'), JSON.stringify({ name: 'node-red-user-directory', private: true }));
    copyFileSync(file, join(making, tarball)); // packing again would write over it
    npm(
      ['install', tarball, '--omit=dev', '--include=optional', '--prefer-offline', '--no-audit', '--no-fund'],
      making,
    );
    try {
      renameSync(making, home);
    } catch (error) {
      if (!existsSync(home)) throw error; // else another run was faster with the same content
      rmSync(making, { recursive: true, force: true });
    }
  }
  const modules = join(home, 'node_modules');
  const folder = join(modules, ...readPackage(repository).name.split('/'));
  return { modules, folder, manifest: readPackage(folder), tarball: join(home, tarball) };
}
