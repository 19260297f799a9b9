import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AdapterError } from '../../../lib/errors';
import { exportMapping, type MappingFormat, readMapping, unmapped } from '../../../lib/mapping/file';
import { type ImportOptions, importMapping } from '../../../lib/mapping/import';
import { entriesOf, Mapping } from '../../../lib/mapping/mapping';
import { holds } from '../../harness/property';
import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';

const textOf = async (rows: Parameters<typeof exportMapping>[0], format: MappingFormat, separator?: ',' | ';') => {
  let text = '';
  for await (const piece of exportMapping(rows, format, separator)) text += piece;
  return text;
};

describe('mapping file', () => {
  const clock = new StillClock();
  let mapping: Mapping;
  const load = (file: string | Uint8Array, options: Partial<ImportOptions> = {}) =>
    importMapping(mapping, file, { format: 'csv', by: 'a test', ...options });
  const pairs = async () =>
    (await mapping.store.transaction(tx => mapping.list(tx))).entries.map(entry => `${entry.wapId}-${entry.billingId}`);
  const put = (wapId: string, billingId: string) =>
    mapping.store.transaction(tx => mapping.put(tx, { kind: 'plan', wapId, billingId }, { by: 'x' }));
  /** Line and field of each problem, and the text of the last. */
  const problemsOf = async (importing: Promise<unknown>) => {
    const error = await importing.then(
      () => assert.fail('was imported'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof AdapterError, String(error));
    assert.equal(error.code, 'STATE_IMPORT');
    const { problems } = error.cause.details as { problems: Array<{ line: number; field: string; problem: string }> };
    return { places: problems.map(each => `${each.line} ${each.field}`), last: problems.at(-1)?.problem ?? '' };
  };
  beforeEach(async () => {
    mapping = new Mapping(await scratchStore(clock), clock, { installation: 'wap', target: 'billing' });
  });
  afterEach(cleanScratch);

  it('imports what a Spanish Excel saves', async () => {
    const file = '\uFEFFKind;WapId;BillingId;Name;Precio\r\nplan;oro;o-1;Facturación;10,5\r\nplan; plata ;p-1;;\r\n';
    const result = await load(Buffer.from(file));
    const counts = { added: 2, changed: 0, same: 0, removed: 0, unfilled: 0 };
    assert.deepEqual(result, { ...counts, ignoredColumns: ['Precio'], dryRun: false });
    assert.equal((await mapping.store.transaction(tx => mapping.getByWapId(tx, 'plan', 'oro'))).name, 'Facturación');
    assert.deepEqual(await pairs(), ['oro-o-1', 'plata-p-1']);
  });

  it('names every bad line and changes nothing', async () => {
    await put('gold', 'g-1');
    const file = [
      'kind,wapId,billingId,name',
      'plan,new,n-1,is fine',
      ',x,x-1,no kind',
      'plan,gold,g-2,other billing id in the store',
      'plan,y,g-1,billing id of gold',
      'plan,z,n-1,same billing id as line 2',
      'plan,new,n-3,same WAP id as line 2',
      'plan,w,"a\nb",line break',
      'plan,v,v-1,too,many',
    ].join('\n');
    const { places } = await problemsOf(load(file));
    const bad = ['3 kind', '4 wapId', '5 billingId', '6 billingId', '7 wapId', '8 billingId', '10 file'];
    assert.deepEqual(places, bad);
    assert.deepEqual(await pairs(), ['gold-g-1']);
    assert.equal((await mapping.store.transaction(tx => mapping.history(tx))).length, 1);
  });

  it('names the first 100 bad lines and counts all', async () => {
    const file = `kind,wapId,billingId\n${'plan,,b\n'.repeat(150)}`;
    const error = await load(file).catch((reason: unknown) => reason);
    assert.ok(error instanceof AdapterError);
    const { problems, total } = error.cause.details as { problems: unknown[]; total: number };
    assert.deepEqual([problems.length, total], [100, 150]);
  });

  for (const [title, file, format, place, text] of [
    ['an empty file', '', 'csv', '1 file', /is empty/],
    ['a file without a needed column', 'kind,wapId\nplan,a', 'csv', '1 file', /no column billingId/],
    ['a column twice', 'kind,wapId,billingId,kind\n', 'csv', '1 file', /column kind twice/],
    ['an open quote', 'kind,wapId,billingId\nplan,a,"b', 'csv', '2 file', /never closed/],
    ['broken JSON', '[\n{"kind":"plan",}\n]', 'json', '2 file', /not valid JSON/],
    ['JSON that is no list', '{"kind":"plan"}', 'json', '1 file', /an object: give a list/],
    ['a JSON entry that is no object', '[1]', 'json', '1 file', /a number: give an object/],
    ['a number for an id in JSON', '[{"kind":"plan","wapId":1,"billingId":"b"}]', 'json', '1 wapId', /is a number/],
  ] as const) {
    it(`refuses ${title}`, async () => {
      const { places, last } = await problemsOf(load(file, { format }));
      assert.deepEqual(places, [place]);
      assert.match(last, text);
    });
  }

  for (const [what, file] of [
    [
      'bytes of Windows',
      Buffer.from('kind,wapId,billingId,name\nplan,a,b,A\nplan,\u00f3ro,o,\u00d1\nplan,c,d,\u00d1', 'latin1'),
    ],
    [
      'text that was read as UTF-8 though it is not',
      'kind,wapId,billingId,name\nplan,a,b,A\nplan,\uFFFDro,o,\uFFFD\nplan,c,d,\uFFFD',
    ],
  ] as const)
    it(`refuses ${what}, naming the lines, ids and names alike`, async () => {
      const { places, last } = await problemsOf(load(file));
      assert.deepEqual(places, ['3 wapId', '3 name', '4 name']);
      assert.match(last, /save the file as "CSV UTF-8", and read it as a buffer/);
    });

  it('refuses bytes that are not UTF-8 in the first line', async () => {
    const { places } = await problemsOf(load(Uint8Array.from([0x6b, 0xf3, 0x6e])));
    assert.deepEqual(places, ['1 file']);
  });

  it('refuses what is no text, such as a workbook', async () => {
    const workbook = Uint8Array.from([0x50, 0x4b, 3, 4, 0, 0, 0xf3]);
    await assert.rejects(load(workbook), fails('INPUT_INVALID', /save it as "CSV UTF-8"/));
  });

  it('never stores an id with the mark of a lost letter, whoever gives it', async () => {
    await assert.rejects(put('\uFFFDro', 'o'), fails('INPUT_INVALID', /U\+FFFD/));
  });

  for (const [id, problem] of [
    ['1.23E+15', /shortened/],
    ['1,23457E+11', /shortened/],
    ['123456,00', /decimals/],
    ['1.234.567', /groups of three/],
    ['1/2/2026', /a date/],
    ['12-mar', /a date/],
    ['mar-26', /a date/],
    ['2026-03-01 00:00:00', /a date/],
    ['#N/A', /error of a formula/],
    ['#¡VALOR!', /error of a formula/],
    ['########', /error of a formula/],
    ['=A1&B1', /like a formula/],
    ['\u201Cgold\u201D', /typographic quote/],
    ['a\u2013b', /typographic dash/],
    ['aaaaaaaa-0000\u2026', /was cut/],
    ['nu\u00c3\u00b1ez', /another encoding/],
    ['12-mrz', /is a date/],
    ['a\u00A0b', /not seen/],
    ['a\u200Bb', /not seen/],
  ] as const)
    it(`refuses ${JSON.stringify(id)} as an id, which a spreadsheet or an editor made`, async () => {
      const { places, last } = await problemsOf(load(`kind\twapId\tbillingId\nplan\tgood\tg\nplan\tx\t${id}\n`));
      assert.deepEqual(places, ['3 billingId']);
      assert.match(last, problem);
      const json = JSON.stringify([{ kind: 'plan', wapId: 'x', billingId: id }]);
      assert.equal((await load(json, { format: 'json' })).added, 1);
    });

  it('refuses numbers that a spreadsheet rounded or took zeros from', async () => {
    const rounded = 'kind,wapId,billingId\nplan,a,1234567890123450\nplan,b,9876543210987600\nplan,c,7\n';
    assert.deepEqual((await problemsOf(load(rounded))).places, ['2 billingId', '3 billingId']);
    assert.equal((await load('kind,wapId,billingId\nplan,a,1234567890123450\nplan,b,1234567890123451')).added, 2);
    await put('z', '00123');
    const { places, last } = await problemsOf(load('kind,wapId,billingId\nplan,z,123\n', { mode: 'overwrite' }));
    assert.deepEqual(places, ['2 billingId']);
    assert.match(last, /is 00123 in the mapping/);
  });

  it('takes ids that are forced to be texts, and spaces around them', async () => {
    await load('kind;wapId;billingId\r\nplan;="0012";\u00A0 "\r\nplan;b; ="x"\u00A0\r\n'.replace('\u00A0 "', 'o'));
    assert.deepEqual(await pairs(), ['0012-o', 'b-x']);
  });

  for (const id of ['00123', '123456789012', '1E5', '3-4', '1.0', 'true', '=1+1', '@x', "'=1", 'Mar 26', '10/11'])
    it(`exports ${id} so that a spreadsheet leaves it alone`, async () => {
      await put('a', id);
      const text = await textOf(entriesOf(mapping), 'csv');
      assert.match(text, new RegExp(`,'+${id.replace(/[^\w]/g, '\\$&')},`));
      await load(text, { mode: 'replace-all' });
      assert.deepEqual(await pairs(), [`a-${id}`]);
    });

  it('exports ordinary ids without an apostrophe', async () => {
    await put('gold', '11111111-0000-0000-0000-000000000001');
    await put('silver2', '42');
    assert.doesNotMatch(await textOf(entriesOf(mapping), 'csv'), /'/);
  });

  it('lets everything else have its turn within 100 000 lines', async () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => `plan,w-${index},b-${index},"Plan ${index}"`);
    const csv = Buffer.from(`kind,wapId,billingId,name\n${lines.join('\n')}`);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const rows = await readMapping(csv, 'csv').finally(() => clearInterval(timer));
    assert.equal(rows.rows.length, 100_000);
    assert.ok(turns > 2, `${turns} turns`);
  });

  it('reads UTF-16 with its mark', async () => {
    await load(Buffer.from('\uFEFFkind\twapId\tbillingId\r\nplan\tñ\tb\r\n', 'utf16le'));
    assert.deepEqual(await pairs(), ['ñ-b']);
  });

  it('tells what a dry run would do, and writes nothing', async () => {
    await put('gold', 'g-1');
    const file = 'kind,wapId,billingId\nplan,gold,g-2\nplan,new,n-1\n';
    const result = await load(file, { mode: 'overwrite', dryRun: true });
    assert.deepEqual([result.added, result.changed, result.dryRun], [1, 1, true]);
    assert.deepEqual(await pairs(), ['gold-g-1']);
  });

  it('overwrites in any order: two entries swap their billing ids', async () => {
    await put('a', '1');
    await put('b', '2');
    const result = await load('kind,wapId,billingId\nplan,a,2\nplan,b,1\n', { mode: 'overwrite' });
    assert.deepEqual([result.changed, result.removed], [2, 0]);
    assert.deepEqual(await pairs(), ['a-2', 'b-1']);
  });

  it('overwrites an entry that the file does not name, when its billing id is taken', async () => {
    await put('a', '1');
    const result = await load('kind,wapId,billingId\nplan,b,1\n', { mode: 'overwrite' });
    assert.deepEqual([result.added, result.removed], [1, 1]);
    assert.deepEqual(await pairs(), ['b-1']);
  });

  it('replaces all: what the file does not have goes, with history', async () => {
    await put('a', '1');
    await put('b', '2');
    const result = await load('kind,wapId,billingId\nplan,b,2\nplan,c,1\n', { mode: 'replace-all' });
    assert.deepEqual([result.added, result.same, result.removed], [1, 1, 1]);
    assert.deepEqual(await pairs(), ['b-2', 'c-1']);
    const [, removed] = await mapping.store.transaction(tx => mapping.history(tx));
    assert.deepEqual([removed?.wapId, removed?.by, removed?.after], ['a', 'a test', null]);
  });

  it('refuses to replace all by nothing', async () => {
    await put('a', '1');
    const { last } = await problemsOf(load('kind,wapId,billingId\nplan,b,\n', { mode: 'replace-all' }));
    assert.match(last, /nothing would be left/);
    assert.deepEqual(await pairs(), ['a-1']);
  });

  it('imports again what was imported as no change', async () => {
    const file = 'kind,wapId,billingId,name\nplan,a,1,Gold\n';
    await load(file);
    assert.deepEqual(
      [(await load(file)).same, (await mapping.store.transaction(tx => mapping.history(tx))).length],
      [1, 1],
    );
  });

  it('takes the list of what is unmapped back, line by line as it is filled in', async () => {
    await put('gold', 'g-1');
    const { entries } = await mapping.store.transaction(tx => mapping.list(tx));
    const wap = [
      { kind: 'plan', wapId: 'gold', name: 'Gold' },
      { kind: 'plan', wapId: 'silver', name: 'Silver; large' },
      { kind: 'addon', wapId: 'gold', name: null },
    ];
    const list = await textOf(unmapped(wap, entries), 'csv', ';');
    assert.equal(list, '\uFEFFkind;wapId;billingId;name;note\r\nplan;silver;;"Silver; large";\r\naddon;gold;;;\r\n');
    const result = await load(list.replace('silver;;', 'silver;s-1;'));
    assert.deepEqual([result.added, result.unfilled], [1, 1]);
    assert.equal(
      (await mapping.store.transaction(tx => mapping.getByBillingId(tx, 'plan', 's-1'))).name,
      'Silver; large',
    );
  });

  for (const format of ['csv', 'json'] as const) {
    it(`brings every text back through ${format}`, async () => {
      const id = fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
        .filter(text => text.trim() === text && text !== '' && !/[\p{Cc}\uFFFD]/u.test(text));
      const text = fc
        .oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ unit: fc.constantFrom(...'\'"=-,;\t\r\n x') }))
        .filter(value => !/[\0\uFFFD]/.test(value));
      const row = fc.record({
        kind: fc.constantFrom('plan', '=kind'),
        wapId: id,
        billingId: id,
        name: text,
        note: text,
      });
      const rows = fc.uniqueArray(row, { selector: each => each.wapId, maxLength: 8 });
      let run = 0;
      await holds(
        'mapping file: brings every text back through (format)',
        fc.asyncProperty(rows, fc.constantFrom(',' as const, ';' as const), async (wanted, separator) => {
          const scope = { installation: format, target: `from ${run}` };
          const unique = wanted.filter((each, at) => wanted.findIndex(one => one.billingId === each.billingId) === at);
          const from = new Mapping(mapping.store, clock, scope);
          const to = new Mapping(mapping.store, clock, { ...scope, target: `to ${run++}` });
          for (const each of unique) await from.store.transaction(tx => from.put(tx, each, { by: 'x' }));
          const file = await textOf(entriesOf(from), format, separator);
          await importMapping(to, file, { format, by: 'x' });
          const plain = async (of: Mapping) =>
            (await of.store.transaction(tx => of.list(tx))).entries.map(({ target: _, ...rest }) => rest);
          assert.deepEqual(await plain(to), await plain(from));
        }),
        { numRuns: 60 },
      );
    });
  }
});
