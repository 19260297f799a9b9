import assert from 'node:assert/strict';
import { AdapterError } from '../../../lib/errors';
import { readItems } from '../../../lib/workflow/items';

const read = (given: unknown, key = '{{payload.name}}') => readItems(given, 'items', key);
const refused = async (given: unknown, message: RegExp, key?: string) => {
  await assert.rejects(read(given, key), error => {
    assert.ok(error instanceof AdapterError);
    assert.equal(error.code, 'INPUT_INVALID');
    assert.match(error.message, message);
    return true;
  });
};

describe('the items of a list', () => {
  it('are those of an array, with their keys', async () => {
    assert.deepEqual(await read([{ name: ' Gold ' }, { name: 7 }]), [
      { key: 'Gold', payload: { name: ' Gold ' } },
      { key: '7', payload: { name: 7 } },
    ]);
    assert.deepEqual(
      (await read(['Gold', 'Silver'], '{{number}} {{payload}}')).map(({ key }) => key),
      ['1 Gold', '2 Silver'],
    );
    assert.deepEqual(await read([]), []);
  });

  for (const [title, bytes] of [
    ['with a byte order mark and semicolons', Buffer.from('\uFEFFname;price\r\nGold;9,50\r\n"Silver; small";\r\n')],
    ['of Windows', Buffer.from('name;price\r\nGold;9,50\r\n"Silver; small";\r\n', 'latin1')],
    ['in UTF-16', Buffer.from('\uFEFFname;price\nGold;9,50\n"Silver; small";\n', 'utf16le')],
  ] as const) {
    it(`are the records of a file ${title}`, async () => {
      assert.deepEqual(await read(bytes), [
        { key: 'Gold', payload: { name: 'Gold', price: '9,50' } },
        { key: 'Silver; small', payload: { name: 'Silver; small', price: '' } },
      ]);
    });
  }

  it('each have a key of their own', async () => {
    await refused([{ name: 'Gold' }, {}], /items\[1\]: the key "{{payload.name}}" is empty/);
    const id = '8F0CB0A5-8D0E-4C4B-9A35-6A0D3C6F1B11';
    await refused([{ name: id }, { name: id.toLowerCase() }], /items\[1\]: the key .* is that of \[0\] too/);
    await refused([{ name: 'Gold' }, { name: 'Gold' }], /items\[1\]: the key "Gold" is that of \[0\] too/);
  });

  it('are refused where they are no list', async () => {
    await refused({ name: 'Gold' }, /items: expected a list.*an object with 1 fields/);
    await refused('name\n"Gold', /items: line 2: a quote is opened/);
    await refused('name\nGold,9', /items: line 2 has 2 cells.*1 columns/);
    await refused(
      Array.from({ length: 10_001 }, (_none, name) => ({ name })),
      /10001 items are too many/,
    );
  });
});
