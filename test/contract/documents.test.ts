import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../harness/repository';
import { filesOf } from './sources';

const documents = [
  { path: 'README.md', text: readFileSync(join(repository, 'README.md'), 'utf8') },
  ...filesOf('docs', /\.md$/),
];

describe('the documents', () => {
  it('name pictures and documents that are there', () => {
    const missing = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map(([, target = '']) => join(path, '..', target))
        .filter(target => !existsSync(join(repository, target)))
        .map(target => `${path}: ${target}`),
    );
    assert.deepEqual(missing, []);
  });

  it('call what an operator presses in a runbook as the editor does', () => {
    const runbook = documents.find(({ path }) => path.endsWith('operations.md'))?.text ?? '';
    const steps = runbook.split('\n').filter(line => /^\d+\. /.test(line));
    const named = steps.flatMap(step => [...step.matchAll(/(?<!\*)\*([^*]+)\*(?!\*)/g)].map(([, text = '']) => text));
    assert.ok(named.length > 20, `only ${named.length} were found`);
    const shown = catalogueTexts();
    assert.deepEqual(
      named.filter(text => !shown.some(each => each.includes(text))),
      [],
    );
  });
});

/** Every English text that the editor shows. */
function catalogueTexts(): string[] {
  const files = [...filesOf('editor/locales/en-US', /\.json$/), ...filesOf('nodes', /en-US.*\.json$/)];
  return files.flatMap(({ text }) => textsIn(JSON.parse(text)));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
