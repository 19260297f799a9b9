import assert from 'node:assert/strict';
import { decodeAny } from '../../../lib/files/text';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('a file of unknown encoding', () => {
  it('is of Windows when none of its letters is UTF-8', async () => {
    assert.deepEqual(await decodeAny(latin1('Köln\nLyon \x80')), { text: 'Köln\nLyon €', encoding: 'windows-1252' });
  });

  it('is read alike however long it is', async () => {
    const { text, encoding } = await decodeAny(latin1('ö\x80'.repeat(150_000)));
    assert.equal(encoding, 'windows-1252');
    assert.ok(text === 'ö€'.repeat(150_000));
  });

  for (const [what, bytes] of [
    ['with one byte that is none', Buffer.concat([Buffer.from('Größe\nK'), latin1('ö'), Buffer.from('ln')])],
    ['that was damaged before it came', Buffer.from('K\uFFFDln')],
  ] as const) {
    it(`stays UTF-8 ${what}, so that only the line is refused that has it`, async () => {
      const { text, encoding } = await decodeAny(bytes);
      assert.equal(encoding, 'UTF-8');
      assert.match(text, /K\uFFFDln/);
    });
  }

  it('is refused when it is a workbook, with how to save it', async () => {
    await assert.rejects(decodeAny(Buffer.from([0x50, 0x4b, 3, 4, 20, 0, 6, 0])), /save it as "CSV UTF-8"/);
  });
});
