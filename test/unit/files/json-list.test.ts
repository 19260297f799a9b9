import assert from 'node:assert/strict';
import fc from 'fast-check';
import { jsonElements } from '../../../lib/files/json-list';
import { holds } from '../../harness/property';

describe('a JSON list in elements', () => {
  it('gives each as it is written, whatever is in it', () => {
    const list = fc.array(fc.jsonValue());
    holds(
      'a JSON list in elements: gives each as it is written, whatever is in it',
      fc.property(list, fc.constantFrom(undefined, 2), (values, space) => {
        const elements = [...jsonElements(`\uFEFF ${JSON.stringify(values, null, space)} `)];
        assert.deepEqual(
          elements.map(each => ('text' in each ? JSON.parse(each.text) : each)),
          JSON.parse(JSON.stringify(values)),
        );
      }),
    );
  });

  for (const [text, line] of [
    ['', 1],
    ['\n{}', 2],
    ['[1\n2]', 1],
    ['[1,\n2]\n x', 3],
    ['["a\\"]', 1],
  ] as const)
    it(`says in which line ${JSON.stringify(text)} is no list`, () => {
      const last = [...jsonElements(text)].at(-1);
      const broken = last && ('broken' in last ? last.broken : last.line);
      assert.equal(broken, line);
    });
});
