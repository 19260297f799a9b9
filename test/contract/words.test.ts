import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodes } from '../../lib/errors';
import { repository } from '../harness/repository';
import { filesOf, pathsOf } from './sources';

const rules: Array<{ what: string; pattern: RegExp }> = [
  { what: "a path of somebody's machine", pattern: /(?<![\w.$}])\/(?:root|home|Users|work)\/[\w.-]+/ },
  { what: 'the host of a package registry', pattern: /https?:\/\/registry\./ },
];

describe('the words of the repository', () => {
  it('name no machine and no registry', () => {
    const files = kept().filter(path => /\.(ts|mjs|cjs|js|json|html|md|svg)$|\.ci\//.test(path));
    assert.ok(files.length > 50, `only ${files.length} files were read`);
    assert.deepEqual(
      files.flatMap(path => leaks(path, read(path))),
      [],
    );
  });
  it('leave the places of packages out of the lockfiles', () => {
    const lockfiles = kept().filter(path => path.endsWith('package-lock.json'));
    assert.ok(lockfiles.length > 0);
    assert.deepEqual(
      lockfiles.filter(path => read(path).includes('"resolved"')),
      [],
    );
  });
  it('find a leak', () => {
    const path = ['', 'home', 'someone', 'x'].join('/');
    assert.equal(leaks('a.md', `see ${path}`).length, 1);
  });
});

/** Words that docs/architecture.md gives up for others, as people read them. Names in backticks are those of code and messages. */
const givenUp = /\b(consumers?|billing targets?|verdicts?|slices?)\b/i;

describe('the words that people read', () => {
  it('are those of the glossary, in English help, texts and docs', () => {
    const files = kept().filter(path => /^(docs\/[^/]+\.md|README\.md|.*locales\/en-US\/.*)$/.test(path));
    const english = files.filter(path => path !== 'docs/architecture.md');
    assert.ok(english.length > 60, `only ${english.length} files were read`);
    const found = english.flatMap(path =>
      read(path)
        .split('\n')
        .filter(line => givenUp.test(line.replace(/`[^`]*`|"[\w.-]+":/g, '')))
        .map(line => `${path}: ${line.trim().slice(0, 100)}`),
    );
    assert.deepEqual(found, []);
  });
});

describe('the error codes', () => {
  const page = () => read('docs/errors.md');
  it('are all documented, with their meaning', () => {
    const undocumented = Object.entries(errorCodes).filter(
      ([code, meaning]) => !page().includes(`### ${code}\n\n${meaning} `),
    );
    assert.deepEqual(undocumented, [], 'run: node scripts/docs.mjs');
  });
  it('are the only ones documented', () => {
    const listed = [...page().matchAll(/^### ([A-Z_]+)$/gm)].map(([, code]) => code);
    assert.deepEqual([...listed].sort(), Object.keys(errorCodes).sort());
  });
  it('are each given by some source', () => {
    const sources = [...filesOf('lib', /\.ts$/), ...filesOf('runtime', /\.ts$/), ...filesOf('nodes', /\.ts$/)];
    const text = sources
      .filter(({ path }) => path !== 'lib/errors.ts')
      .map(source => source.text)
      .join('\n');
    // Codes of HTTP outcomes are put together from the family and the outcome.
    const isGiven = (code: string) => text.includes(code) || text.includes(code.replace(/^(WAP|BILLING)_/, ''));
    assert.deepEqual(
      Object.keys(errorCodes).filter(code => !isGiven(code)),
      [],
    );
  });
});

const read = (path: string): string => readFileSync(join(repository, path), 'utf8');

/** What is kept of this repository: no git is asked, since a copy may come without it. */
function kept(): string[] {
  const made = /(^|\/)(\.git|\.demo|\.tmp|dist|resources)\/|\.tgz$/;
  return pathsOf('.', /./).filter(path => !made.test(path));
}

function leaks(path: string, text: string): string[] {
  return rules
    .filter(({ pattern }) => pattern.test(text))
    .map(({ what, pattern }) => `${path} holds ${what}: ${pattern.exec(text)?.[0]}`);
}
