import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository } from '../harness/repository';

interface Changelog {
  dated(changelog: string, version: string, date: string): string;
  isLater(next: string, current: string): boolean;
}

describe('a release', () => {
  let changelog: Changelog;
  before(async () => {
    changelog = await import(pathToFileURL(join(repository, 'scripts', 'lib', 'changelog.mjs')).href);
  });

  const text = '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.1.0] - 2026-11-27\n\n- The first.\n';

  it('gives what is unreleased its version and date', () => {
    assert.equal(
      changelog.dated(text, '0.2.0', '2026-12-01'),
      text.replace('## [Unreleased]\n', '## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n'),
    );
  });

  it('is refused for nothing, and for a version that is there', () => {
    const nothing = text.replace('### Added\n\n- A thing.\n\n', '');
    assert.throws(() => changelog.dated(nothing, '0.2.0', '2026-12-01'), /says nothing under "Unreleased"/);
    assert.throws(() => changelog.dated(text, '0.1.0', '2026-12-01'), /has a section 0\.1\.0 already/);
    assert.throws(() => changelog.dated('# Changelog', '0.2.0', '2026-12-01'), /has no line/);
  });

  it('knows which version comes later', () => {
    assert.deepEqual(
      [
        ['0.2.0', '0.1.9'],
        ['1.0.0', '0.9.9'],
        ['0.1.10', '0.1.9'],
        ['0.1.0', '0.1.0'],
        ['0.1.9', '0.1.10'],
        ['0.9.9', '1.0.0'],
      ].map(([next = '', current = '']) => changelog.isLater(next, current)),
      [true, true, true, false, false, false],
    );
  });

  for (const [version, words] of [
    ['', /Say which version/],
    ['next', /Say which version/],
    ['0.0.1', /0\.0\.1 does not come after/],
  ] as const)
    it(`is refused for the version "${version}", and changes nothing`, () => {
      const file = join(repository, 'package.json');
      const before = readFileSync(file, 'utf8');
      const script = join(repository, 'scripts', 'release.mjs');
      const { status, stderr } = spawnSync(process.execPath, [script, version], { encoding: 'utf8' });
      assert.equal(status, 1);
      assert.match(stderr, words);
      assert.equal(readFileSync(file, 'utf8'), before);
    });
});
