import assert from 'node:assert/strict';
import { Mapping } from '../../../lib/mapping/mapping';
import {
  bulkOperations,
  entryOperations,
  type MappingAnswer,
  type MappingRequest,
  mappingFile,
  preparedFile,
} from '../../../lib/mapping/operations';
import type { MappingEntry } from '../../../lib/state/tables/mapping-entry';
import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';

const gold = { mappingKind: 'plan', wapId: 'gold', billingId: 'g-1', mappingName: 'Gold' };

describe('an operation on the mapping', () => {
  const clock = new StillClock();
  let mapping: Mapping;
  beforeEach(async () => {
    clock.time = 1000;
    mapping = new Mapping(await scratchStore(clock), clock, { installation: 'wap', target: 'billing' });
  });
  afterEach(cleanScratch);

  const request = (more: Partial<MappingRequest>): MappingRequest => ({
    ...{ mappingKind: undefined, lookUpBy: 'wapId', wapId: undefined, billingId: undefined },
    ...{ mappingName: undefined, note: undefined, replace: false, searchText: undefined, limit: 100 },
    ...{ wapPlans: undefined, onlyUnmapped: false, fileFormat: 'csv', fileContent: undefined },
    ...{ importMode: 'merge', dryRun: false },
    ...more,
  });
  const operate = (name: keyof typeof entryOperations, more: Partial<MappingRequest>): Promise<MappingAnswer> =>
    mapping.store.transaction(tx => entryOperations[name](mapping, request(more), 'ann', tx));
  const readMany = (name: keyof typeof bulkOperations, more: Partial<MappingRequest>): Promise<MappingAnswer> =>
    bulkOperations[name](mapping, request(more));

  it('puts an entry, and keeps name and note that are not given', async () => {
    const { payload, entry } = await operate('put', { ...gold, note: 'sold from June' });
    const stored: MappingEntry = {
      ...{ installation: 'wap', target: 'billing', kind: 'plan', wapId: 'gold', billingId: 'g-1' },
      ...{ name: 'Gold', note: 'sold from June', createdAt: 1000, updatedAt: 1000 },
    };
    assert.deepEqual([payload, entry], [stored, stored]);
    const { entry: again } = await operate('put', { ...gold, mappingName: undefined });
    assert.deepEqual(again, stored);
  });

  it('replaces the id of another only when told to', async () => {
    await operate('put', gold);
    await assert.rejects(operate('put', { ...gold, billingId: 'g-2' }), fails('STATE_CONFLICT', /g-1/));
    assert.equal((await operate('put', { ...gold, billingId: 'g-2', replace: true })).entry?.billingId, 'g-2');
  });

  it('gets an entry by either id, and answers with what was looked for when there is none', async () => {
    await operate('put', gold);
    for (const by of [
      { lookUpBy: 'wapId', wapId: 'gold' },
      { lookUpBy: 'billingId', billingId: 'g-1' },
    ] as const)
      assert.equal((await operate('get', { mappingKind: 'plan', ...by })).entry?.name, 'Gold');
    assert.deepEqual(await operate('get', { mappingKind: 'plan', lookUpBy: 'billingId', billingId: 'g-9' }), {
      ...{ payload: { kind: 'plan', billingId: 'g-9' }, entry: null },
    });
  });

  it('removes an entry found by either id; what is not there is no failure', async () => {
    await operate('put', gold);
    const by = { mappingKind: 'plan', lookUpBy: 'billingId', billingId: 'g-1' } as const;
    assert.equal((await operate('remove', by)).entry?.wapId, 'gold');
    assert.deepEqual(await operate('remove', by), { payload: { kind: 'plan', billingId: 'g-1' }, entry: null });
  });

  for (const [name, more, field] of [
    ['put', { wapId: 'gold', billingId: 'g-1' }, 'mappingKind'],
    ['put', { mappingKind: 'plan', wapId: 'gold' }, 'billingId'],
    ['get', { mappingKind: 'plan', billingId: 'g-1' }, 'wapId'],
    ['remove', { mappingKind: 'plan', lookUpBy: 'billingId', wapId: 'gold' }, 'billingId'],
    ['history', { wapId: 'gold' }, 'mappingKind'],
  ] as const)
    it(`${name} names ${field} when it is missing`, async () => {
      await assert.rejects(operate(name, more), fails('INPUT_MISSING', new RegExp(`^${field}: nothing was given`)));
    });

  it('lists those of a kind or with a text, and says how many there are in all', async () => {
    await operate('put', gold);
    await operate('put', { mappingKind: 'plan', wapId: 'tin', billingId: 't-1' });
    await operate('put', { mappingKind: 'addon', wapId: 'extra', billingId: 'e-1', mappingName: 'For Gold' });
    const list = async (more: Partial<MappingRequest>) => {
      const { payload, total } = await operate('list', more);
      assert.ok(Array.isArray(payload));
      return [payload.map(({ wapId }) => wapId), total];
    };
    assert.deepEqual(await list({ mappingKind: 'plan' }), [['gold', 'tin'], 2]);
    assert.deepEqual(await list({ searchText: 'GOLD' }), [['extra', 'gold'], 2]);
    assert.deepEqual(await list({ limit: 1 }), [['extra'], 3]);
  });

  it('shows the history of one entry, or of all, the newest first', async () => {
    await operate('put', gold);
    clock.time = 2000;
    await operate('put', { ...gold, mappingKind: 'addon' });
    const history = async (more: Partial<MappingRequest>) => {
      const { payload } = await operate('history', more);
      assert.ok(Array.isArray(payload));
      return payload.map(({ at, by, after }) => [at, by, after.kind]);
    };
    const first = [1000, 'ann', 'plan'];
    assert.deepEqual(await history({}), [[2000, 'ann', 'addon'], first]);
    assert.deepEqual(await history({ mappingKind: 'plan', wapId: 'gold' }), [first]);
    assert.equal((await history({ limit: 1 })).length, 1);
  });

  const wapPlans = [
    { Id: 'gold', DisplayName: 'Gold' },
    { Id: 'tin', DisplayName: 'Tin' },
    { Id: 'more', MaxOccurrencesPerPlan: 1 },
    { Id: 'less', AssociatedPlans: [] },
  ];

  it('finds what of WAP has no billing id; an add-on shows by its fields that it is one', async () => {
    await operate('put', gold);
    const empty = { billingId: '', note: null };
    assert.deepEqual((await readMany('unmapped', { wapPlans })).payload, [
      { kind: 'plan', wapId: 'tin', name: 'Tin', ...empty },
      { kind: 'addon', wapId: 'more', name: null, ...empty },
      { kind: 'addon', wapId: 'less', name: null, ...empty },
    ]);
    const { payload } = await readMany('unmapped', { wapPlans: wapPlans.slice(0, 1), mappingKind: 'Plans of 2026' });
    assert.deepEqual(payload, [{ kind: 'Plans of 2026', wapId: 'gold', name: 'Gold', ...empty }]);
  });

  for (const [given, code, message] of [
    [undefined, 'INPUT_MISSING', /^wapPlans: expected the list of plans or add-ons of WAP/],
    [{ Id: 'gold' }, 'INPUT_INVALID', /^wapPlans: .*but got an object/],
    [[{ Id: 'gold' }, { id: 'tin' }], 'INPUT_INVALID', /^wapPlans\[1\]: expected a plan or add-on of WAP, with its Id/],
    [['gold'], 'INPUT_INVALID', /^wapPlans\[0\]: /],
  ] as const)
    it(`refuses ${JSON.stringify(given)} as plans of WAP`, async () => {
      await assert.rejects(readMany('unmapped', { wapPlans: given }), fails(code, message));
    });

  for (const [fileFormat, text] of [
    ['csv', '\uFEFFkind,wapId,billingId,name,note\r\nplan,gold,g-1,Gold,\r\n'],
    ['csv-semicolon', '\uFEFFkind;wapId;billingId;name;note\r\nplan;gold;g-1;Gold;\r\n'],
    ['json', '[\n{"kind":"plan","wapId":"gold","billingId":"g-1","name":"Gold","note":null}\n]\n'],
  ] as const)
    it(`exports ${fileFormat}`, async () => {
      await operate('put', gold);
      await operate('put', { ...gold, mappingKind: 'addon' });
      assert.equal((await readMany('export', { fileFormat, mappingKind: 'plan' })).payload, text);
    });

  it('exports what has no billing id, to be filled in', async () => {
    await operate('put', gold);
    const { payload } = await readMany('export', { onlyUnmapped: true, wapPlans: wapPlans.slice(0, 2) });
    assert.equal(payload, '\uFEFFkind,wapId,billingId,name,note\r\nplan,tin,,Tin,\r\n');
  });

  it('names the file by its format', () => {
    const name = (fileFormat: MappingRequest['fileFormat']) => mappingFile('/files', request({ fileFormat }));
    assert.match(name('json'), /^.files.wap-billing-mapping\.json$/);
    for (const format of ['csv', 'csv-semicolon'] as const)
      assert.match(name(format), /^.files.wap-billing-mapping\.csv$/);
  });

  for (const [what, fileContent] of [
    ['JSON', '\uFEFF [{"kind":"plan","wapId":"gold","billingId":"g-1"}]'],
    ['CSV', 'kind,wapId,billingId\nplan,gold,g-1\n'],
    ['CSV in bytes', Buffer.from('kind,wapId,billingId\nplan,gold,g-1\n')],
  ] as const)
    it(`reads ${what} by how it begins`, async () => {
      const { wanted, problems } = await preparedFile(request({ fileContent }), 'ann');
      assert.deepEqual([wanted.map(line => line.input.wapId), problems], [['gold'], []]);
    });

  it('refuses a file that is no text', async () => {
    await assert.rejects(preparedFile(request({}), 'ann'), fails('INPUT_MISSING', /^fileContent: /));
    await assert.rejects(preparedFile(request({ fileContent: [] }), 'ann'), fails('INPUT_INVALID', /^fileContent: /));
  });
});
