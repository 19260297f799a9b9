import assert from 'node:assert/strict';
import { anAddOn, aPlan } from '../builders';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { Bench, nodesOf, type Properties } from './bench';
import { billing, common, configuration, state } from './state-world';

const type = 'mapping-store';
const fixed = (field: string, value: string) => ({ [field]: value, [`${field}Type`]: 'str' });
const nodes = nodesOf(
  type,
  {
    put: { name: 'the adapter' },
    noted: { ...fixed('note', 'sold from June'), ...fixed('mappingKind', 'subscription') },
    replace: { replace: true },
    get: { operation: 'get' },
    'get-billing': { operation: 'get', lookUpBy: 'billingId' },
    remove: { operation: 'remove' },
    'remove-billing': { operation: 'remove', lookUpBy: 'billingId' },
    list: { operation: 'list', limit: '2', searchText: 'find', searchTextType: 'msg' },
    history: { operation: 'history' },
    export: { operation: 'export', ...fixed('mappingKind', 'file') },
    'export-json': { operation: 'export', fileFormat: 'json', ...fixed('mappingKind', 'file') },
    'to-fill': { operation: 'export', fileFormat: 'csv-semicolon', onlyUnmapped: true },
    unmapped: { operation: 'unmapped' },
    import: { operation: 'import' },
    'only-check': { operation: 'import', dryRun: true },
    overwrite: { operation: 'import', importMode: 'overwrite' },
    'from-flow': { wapId: 'theId', wapIdType: 'flow', ...fixed('billingId', 'b-flow') },
    'from-env': { wapId: 'THE_ID', wapIdType: 'env', ...fixed('billingId', 'b-${THE_ID:-none}') },
    'from-jsonata': { wapId: '$uppercase(topic)', wapIdType: 'jsonata', ...fixed('billingId', 'b-jsonata') },
    'no-wap': { connection: '' },
    'no-billing': { billing: '' },
    'no-state': { state: '' },
    'locked-out': { state: 'folder' },
    'other-target': { operation: 'get', billing: 'other-billing' },
  },
  { outputs: 2, ...common },
);
const remember = nodesOf('function', { remember: { outputs: 1, func: "flow.set('theId', 'w-flow'); return msg;" } });
const others = [...configuration, billing('other-billing', { target: 'billing2' }), state('folder', { address: '.' })];

const about = (wapId: string, billingId = `b-${wapId}`, kind = 'plan'): Properties => ({
  wap: { kind, plan: { Id: wapId, DisplayName: `Plan ${wapId}` } },
  billing: { offer: { remoteId: billingId } },
});
const idsOf = (entry: unknown) => {
  const { kind, wapId, billingId } = entry as Record<string, string>;
  return `${kind} ${wapId} ${billingId}`;
};

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWorld({ major, env: { THE_ID: 'w-env' } });
    bench = await Bench.start(world, others, [...nodes, ...remember]);
  });
  after(() => world.stop());

  it('puts what the message tells and leaves the entry on it, keeping the rest', async () => {
    const answer = await bench.answer('put', { ...about('gold'), topic: 'mine' });
    const { createdAt, updatedAt, ...entry } = answer.payload as Properties;
    const ids = { kind: 'plan', wapId: 'gold', billingId: 'b-gold' };
    assert.deepEqual(entry, { installation: 'wap1', target: 'billing1', ...ids, name: 'Plan gold', note: null });
    assert.deepEqual([typeof createdAt, updatedAt], ['number', createdAt]);
    assert.deepEqual([answer.mapping, answer.topic, answer.wap], [answer.payload, 'mine', about('gold').wap]);
    assert.deepEqual(await bench.tally('put'), { complete: 1, error: 0, sent: 1 });
    assert.equal(bench.status('put'), 'Plan gold ↔ b-gold');
  });

  it('takes kind and note from the dialog', async () => {
    const { mapping } = await bench.answer('noted', about('s-1'));
    const { kind, note } = mapping as Properties;
    assert.deepEqual([kind, note], ['subscription', 'sold from June']);
  });

  it('finds an entry by either id', async () => {
    await bench.answer('put', about('silver'));
    assert.equal(idsOf((await bench.answer('get', about('silver', ''))).mapping), 'plan silver b-silver');
    assert.equal(idsOf((await bench.answer('get-billing', about('', 'b-silver'))).mapping), 'plan silver b-silver');
  });

  it('says what it does not find at its own output, without the entry of another node', async () => {
    const answer = await bench.answer('get', { ...about('nowhere'), mapping: { wapId: 'old' } }, 1);
    assert.deepEqual([answer.payload, 'mapping' in answer], [{ kind: 'plan', wapId: 'nowhere' }, false]);
    assert.equal(bench.status('get'), 'not found');
  });

  it('keeps the targets of two billing systems apart', async () => {
    await bench.answer('put', about('apart'));
    await bench.answer('other-target', about('apart'), 1);
  });

  it('refuses a second id in either direction with STATE_CONFLICT and names the entry in the way', async () => {
    await bench.answer('put', about('taken'));
    const { complete, sent } = await bench.tally('put');
    for (const message of [about('taken', 'b-other'), about('other', 'b-taken')]) {
      const { code, cause } = await bench.error('put', message);
      const { entry } = cause.details as { entry: unknown };
      assert.deepEqual([code, idsOf(entry)], ['STATE_CONFLICT', 'plan taken b-taken']);
    }
    assert.deepEqual(await bench.tally('put'), { complete, error: 2, sent });
    assert.equal(bench.status('put'), 'mapped already');
  });

  it('replaces when it is told to', async () => {
    await bench.answer('put', about('first'));
    await bench.answer('replace', about('second', 'b-first'));
    await bench.answer('get', about('first'), 1);
    assert.equal(idsOf((await bench.answer('get', about('second'))).mapping), 'plan second b-first');
  });

  it('removes by either id, and says when there is nothing', async () => {
    await bench.answer('put', about('away'));
    assert.equal(idsOf((await bench.answer('remove', about('away'))).mapping), 'plan away b-away');
    await bench.answer('remove', about('away'), 1);
    await bench.answer('put', about('away'));
    assert.equal(idsOf((await bench.answer('remove-billing', about('', 'b-away'))).mapping), 'plan away b-away');
  });

  it('lists what contains a text, and how many there are', async () => {
    for (const id of ['Año 1', 'ano 2', 'ANO 3']) await bench.answer('put', about(id, `b-${id}`, 'year'));
    const { payload, total } = await bench.answer('list', { find: 'año', wap: { kind: 'year', plan: { Id: '-' } } });
    assert.deepEqual([(payload as unknown[]).length, total], [2, 3]);
  });

  it('keeps the history of an entry, newest first, with who changed it', async () => {
    await bench.answer('put', about('changing'));
    await bench.answer('replace', about('changing', 'b-new'));
    const { payload } = await bench.answer('history', about('changing'));
    const seen = (payload as Properties[]).map(({ by, before, after }) => [
      by,
      (before as Properties)?.billingId,
      (after as Properties)?.billingId,
    ]);
    assert.deepEqual(seen, [
      [type, 'b-changing', 'b-new'],
      ['the adapter', undefined, 'b-changing'],
    ]);
  });

  it('imports what it exports, in both formats', async () => {
    const csv = 'kind,wapId,billingId,name,note\nfile,f-1,1,"One, first",\nfile,f-2,2,Two,=1+1\n';
    const counts = (await bench.answer('import', { payload: csv })).payload as Properties;
    assert.deepEqual([counts.added, counts.changed], [2, 0]);
    for (const id of ['export', 'export-json']) {
      const { payload } = await bench.answer(id);
      const again = (await bench.answer('import', { payload })).payload as Properties;
      assert.deepEqual([again.added, again.changed, again.same], [0, 0, 2], String(payload));
    }
  });

  it('changes nothing by a bad file and names each bad line', async () => {
    const csv = 'kind,wapId,billingId\nfile,f-9,9\nfile,,8\nfile,f-1,7\n';
    const { code, cause } = await bench.error('import', { payload: csv });
    const { problems } = cause.details as { problems: Array<{ line: number; field: string }> };
    const places = problems.map(({ line, field }) => `${line} ${field}`);
    assert.deepEqual([code, places], ['STATE_IMPORT', ['3 wapId', '4 wapId']]);
    await bench.answer('get', about('f-9', '', 'file'), 1);
  });

  it('checks a file without writing when told so, and overwrites when told so', async () => {
    const file = { payload: '[{"kind":"file","wapId":"f-1","billingId":"100"}]' };
    const { code } = await bench.error('only-check', file);
    assert.equal(code, 'STATE_IMPORT');
    const counts = (await bench.answer('overwrite', file)).payload as Properties;
    assert.deepEqual([counts.changed, counts.dryRun], [1, false]);
    assert.equal(idsOf((await bench.answer('get', about('f-1', '', 'file'))).mapping), 'file f-1 100');
  });

  it('lists and exports what WAP has and the mapping has not', async () => {
    await bench.answer('put', about('known'));
    const payload = [aPlan({ Id: 'known' }), aPlan({ Id: 'p-9', DisplayName: 'New' }), anAddOn({ Id: 'a-9' })];
    const rows = (await bench.answer('unmapped', { payload })).payload as unknown[];
    assert.deepEqual(rows.map(idsOf), ['plan p-9 ', 'addon a-9 ']);
    const { payload: csv } = await bench.answer('to-fill', { payload });
    assert.match(String(csv), /kind;wapId;billingId;name;note\r\nplan;p-9;;New;\r\naddon;a-9;;More Databases;\r\n$/);
    const { code, cause } = await bench.error('unmapped', { payload: 'Gold' });
    assert.deepEqual([code, cause.subject], ['INPUT_INVALID', 'wapPlans']);
  });

  it('takes ids from flow, environment and expression', async () => {
    await bench.answer('remember');
    assert.equal(idsOf((await bench.answer('from-env', about('-'))).mapping), 'plan w-env b-w-env');
    assert.equal(
      idsOf((await bench.answer('from-jsonata', { ...about('-'), topic: 'abc' })).mapping),
      'plan ABC b-jsonata',
    );
    assert.equal(idsOf((await bench.answer('from-flow', about('-'))).mapping), 'plan w-flow b-flow');
  });

  it('handles two messages at once without mixing them up', async () => {
    const sent = bench.sent('put').length;
    await Promise.all([world.inject('put', about('at-once-1')), world.inject('put', about('at-once-2'))]);
    await world.message('put 0', sent + 2);
    const seen = bench
      .sent('put')
      .slice(sent)
      .map(({ mapping }) => idsOf(mapping));
    assert.deepEqual(seen.sort(), ['plan at-once-1 b-at-once-1', 'plan at-once-2 b-at-once-2']);
  });

  it('names the field that the message does not hold', async () => {
    const { code, cause } = await bench.error('put', { wap: { kind: 'plan', plan: { Id: 'x' } } });
    assert.deepEqual([code, cause.subject], ['INPUT_MISSING', 'billingId']);
  });

  for (const [id, subject] of [
    ['no-wap', 'connection'],
    ['no-billing', 'billing'],
    ['no-state', 'state'],
  ] as const)
    it(`asks for its configuration node: ${subject}`, async () => {
      const { code, cause } = await bench.error(id, about('x'));
      assert.deepEqual([code, cause.subject], ['INPUT_CONFIG', subject]);
      assert.deepEqual(await bench.tally(id), { complete: 0, error: 1, sent: 0 });
    });

  it('gives Catch STATE_UNAVAILABLE once when the file cannot be one', async () => {
    const { code } = await bench.error('locked-out', about('x'));
    assert.equal(code, 'STATE_UNAVAILABLE');
    assert.deepEqual(await bench.tally('locked-out'), { complete: 0, error: 1, sent: 0 });
  });

  it('finds its entries again after a deploy', async () => {
    await bench.answer('put', about('lasting'));
    await bench.deploy();
    assert.equal(idsOf((await bench.answer('get', about('lasting'))).mapping), 'plan lasting b-lasting');
  });
});
