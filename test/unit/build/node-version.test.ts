import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository } from '../../harness/repository';

/** What the scripts say of each version; empty where it will do. In a process of its own, because they are ES modules. */
function refusals(versions: string[]): string[] {
  const file = pathToFileURL(join(repository, 'scripts', 'lib', 'node-version.mjs')).href;
  const script = `import { whyNot } from ${JSON.stringify(file)};
    console.log(JSON.stringify(${JSON.stringify(versions)}.map(version => whyNot(version) ?? '')));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  return JSON.parse(stdout);
}

describe('the scripts of the repository', () => {
  it('take every Node.js that the tools run on', () =>
    assert.deepEqual(refusals(['20.19.0', '20.20.2', '22.12.0', '23.0.0', '24.21.0', '26.10.0']).filter(Boolean), []));

  it('say at once what they need on any other', () => {
    const others = ['18.20.8', '20.18.3', '21.7.0', '22.11.0'];
    for (const [index, text] of refusals(others).entries())
      assert.match(
        text,
        new RegExp(`^This repository needs Node.js 20.19, 22.12 or later .* this is ${others[index]}\\.`),
      );
  });
});
