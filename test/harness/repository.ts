/** The repository under test, and the Node-RED versions it is tested on. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { machine } from './environment';
import { npm } from './npm';

export const repository = resolve(__dirname, '..', '..');

export interface PackageJson {
  name: string;
  version: string;
  license?: string;
  repository?: unknown;
  bugs?: unknown;
  keywords?: string[];
  engines?: { node?: string };
  files?: string[];
  publishConfig?: { access?: string; provenance?: boolean };
  bin?: Record<string, string>;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  'node-red'?: { version?: string; nodes?: Record<string, string>; plugins?: Record<string, string> };
}

export const readPackage = (folder: string): PackageJson =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

export type Major = 4 | 5;

/** The majors this run is about: both, or the one that `NODE_RED_MAJOR` names. */
export function majors(): Major[] {
  const asked = process.env.NODE_RED_MAJOR;
  if (asked === undefined || asked === '') return [4, 5];
  if (asked === '4') return [4];
  if (asked === '5') return [5];
  throw new Error(`NODE_RED_MAJOR is 4 or 5, not ${asked}`);
}

/** One `describe` for each major of this run. */
export function onEachMajor(title: string, tests: (major: Major) => void): void {
  for (const major of majors()) describe(`${title} (Node-RED ${major})`, () => tests(major));
}

/** One `describe` for each major that this very process can run: Node-RED 5 needs Node 22.9 (`npm test` starts one for it). */
export function onMajorsOfThisNode(title: string, tests: (major: Major) => void): void {
  for (const major of majors()) {
    const here = major === 4 || runsNodeRed5() ? describe : describe.skip;
    here(`${title} (Node-RED ${major})`, () => tests(major));
  }
}

export interface Engine {
  node: string;
  redJs: string;
}

/** Node-RED 4 runs on this Node; Node-RED 5 too if it is 22.9 or later, else on a Node 24 from npm. */
export function engine(major: Major): Engine {
  const module = major === 4 ? 'node-red-4' : 'node-red';
  return {
    node: major === 4 || runsNodeRed5() ? process.execPath : node24(),
    redJs: join(repository, 'node_modules', module, 'red.js'),
  };
}

/** The oldest Node-RED that the package supports, installed on first use. */
export function oldestNodeRed(): Engine {
  const folder = join(repository, 'test', 'matrix', 'node-red-4.1.0');
  const redJs = join(folder, 'node_modules', 'node-red', 'red.js');
  if (!existsSync(redJs)) npm(['ci', '--prefer-offline'], folder);
  return { node: process.execPath, redJs };
}

function runsNodeRed5(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 9);
}

function node24(): string {
  return execFileSync(process.execPath, [join(repository, 'scripts', 'node24.mjs')], {
    env: machine,
    encoding: 'utf8',
  }).trim();
}
