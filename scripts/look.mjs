/** Pictures of the dialogs for people to look at: `npm run look`, or of the README's flow: `npm run look -- --readme`. */
import { spawnSync } from 'node:child_process';
import { at } from './lib/paths.mjs';

const script = [
  at('node_modules', 'tsx', 'dist', 'cli.mjs'),
  at('test', 'editor', 'look.ts'),
  ...process.argv.slice(2),
];
process.exitCode = spawnSync(process.execPath, script, { stdio: 'inherit' }).status ?? 1;
