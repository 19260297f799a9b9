import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOfTheMachine } from '../harness/environment';
import { examples } from '../harness/examples';
import { npm } from '../harness/npm';
import { repository } from '../harness/repository';

describe('the lockfile', function lockfile() {
  this.timeout(180_000);
  for (const version of ['10', '11'])
    it(`is accepted by npm ${version}`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'wap-billing-lock-'));
      try {
        for (const name of ['package.json', 'package-lock.json', '.npmrc'])
          copyFileSync(join(repository, name), join(folder, name));
        const command = ['ci', '--dry-run', '--ignore-scripts', '--prefer-offline'];
        assert.match(npm(['exec', '--yes', '--', `npm@${version}`, ...command], folder), /added \d+ packages/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
});

describe('what tests see of the machine', () => {
  const named = examples().flatMap(({ file, flows }) =>
    [...JSON.stringify(flows).matchAll(/\$\{([A-Z][A-Z\d_]+)/g)].map(([, name = '']) => ({ file, name })),
  );
  it('holds no variable that an example reads', () => {
    assert.ok(named.length > 20, `only ${named.length} were found`);
    assert.deepEqual(
      named.filter(({ name }) => !isOfTheMachine(name)),
      [],
    );
  });
  it('holds no language and no proxy, but what the tests set themselves', () => {
    const asked = [
      'LANG',
      'LC_ALL',
      'LC_MESSAGES',
      'https_proxy',
      'NO_PROXY',
      'NODE_RED_HOME',
      'NODE_RED_MAJOR',
      'PATH',
    ];
    assert.deepEqual(asked.filter(isOfTheMachine), asked.slice(0, 6));
    assert.deepEqual(Object.keys(process.env).filter(isOfTheMachine), []);
  });
});
