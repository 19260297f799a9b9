import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { filesOf, flatten } from './sources';

const textsIn = (language: string) =>
  new Map(
    filesOf(`editor/locales/${language}`, /\.json$/).map(({ path, text }) => [
      basename(path),
      flatten(JSON.parse(text)),
    ]),
  );

describe('the texts of the editor', () => {
  const [english, spanish] = [textsIn('en-US'), textsIn('es-ES')];

  it('are in the same files in both languages', () =>
    assert.deepEqual([...spanish.keys()].sort(), [...english.keys()].sort()));

  for (const [file, texts] of english) {
    it(`say the same things in both languages: ${file}`, () => {
      const others = spanish.get(file) ?? new Map<string, string>();
      assert.deepEqual([...others.keys()].sort(), [...texts.keys()].sort());
      const values = (text = '') => [...text.matchAll(/__\w+__/g)].map(String).sort();
      for (const [key, text] of texts) assert.deepEqual(values(others.get(key)), values(text), key);
    });
  }
});
