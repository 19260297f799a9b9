import assert from 'node:assert/strict';
import { readFromEnv, writeFromEnv } from '../../../editor/from-environment';

describe('the switch for values from the environment', () => {
  for (const text of ['${A}', '${WAP_ADMIN_URL:-http://127.0.0.1:30004}', '${_a1:-with blanks}'])
    it(`writes ${text} as it read it`, () => {
      const read = readFromEnv(text);
      assert.ok(read);
      assert.equal(writeFromEnv(read), text);
    });

  for (const text of ['', 'http://host', 'https://${HOST}', '${A}${B}', '${A:-${B}}', '${1A}', ' ${A}', undefined, 7])
    it(`leaves ${JSON.stringify(text)} as a text`, () => assert.equal(readFromEnv(text), null));

  it('knows the value that holds without the variable', () =>
    assert.deepEqual(readFromEnv('${A:-b:c}'), { variable: 'A', otherwise: 'b:c' }));
});
