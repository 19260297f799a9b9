import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stop } from '../../lib/workflow/deploy-check';
import type { FlowNode } from '../harness/admin-api';
import { onEachMajor } from '../harness/repository';
import type { World } from '../harness/world';
import { configuration, end, node, type Properties, put, question, start } from './run-flows';
import { startWapWorld } from './wap-world';

/** A run keeps an entry, then waits for somebody, and keeps another one. */
const flows: FlowNode[] = [
  ...configuration,
  ...['sale', 'other'].map(id => ({ id, type: 'tab', label: id })),
  // A property that is the id of a tab would make Node-RED start the node again whenever the tab changes.
  { ...start('sale', ['first']), workflowName: 'selling' },
  { ...put('sale', 'first', ['asked']), note: 'as drawn', noteType: 'str' },
  node('sale', 'asked', 'wap-workflow-wait', [['last'], ['last'], [], []], question),
  put('sale', 'last', ['end']),
  end('sale'),
  // The same inside a subflow.
  {
    ...{ id: 'kept', type: 'subflow', name: 'keep', in: [{ x: 50, y: 50, wires: [{ id: 'kept put' }] }] },
    out: [{ x: 300, y: 50, wires: [{ id: 'kept put', port: 0 }] }],
  },
  { ...put('kept', 'put', []), wires: [[], []], note: 'inside', noteType: 'str' },
  { id: 'nested', type: 'tab', label: 'nested' },
  { ...start('nested', ['instance']), workflowName: 'nesting' },
  node('nested', 'instance', 'subflow:kept', [['asked']]),
  node('nested', 'asked', 'wap-workflow-wait', [['end'], ['end'], [], []], question),
  end('nested'),
  {
    id: 'bystander',
    type: 'function',
    z: 'other',
    name: '',
    x: 100,
    y: 100,
    func: 'return msg;',
    outputs: 1,
    wires: [[]],
  },
];

onEachMajor('what a deploy says of open runs', major => {
  let world: World;
  let deployed: FlowNode[];

  before(async function () {
    this.timeout(120_000);
    world = await startWapWorld({ major });
    const probes = world.probes(flows).drive('sale', 'sale start').drive('answer', 'sale asked');
    probes.watch('asked', 'sale asked', 3).watch('ended', 'sale end').catches('error', 'sale');
    probes.drive('nested', 'nested start').watch('nested asked', 'nested asked', 3);
    deployed = probes.done();
    await world.deploy(deployed);
  });
  after(() => world.stop());

  const changed = (id: string, properties: Properties): FlowNode[] =>
    deployed.map(each => (each.id === id ? { ...each, ...properties } : each));
  const without = (id: string): FlowNode[] =>
    deployed
      .filter(each => each.id !== id)
      .map(each => (each.wires ? { ...each, wires: each.wires.map(to => to.filter(next => next !== id)) } : each));
  async function begin(topic: string): Promise<void> {
    const before = world.messages('asked').length;
    await world.inject('sale', { topic });
    await world.message('asked', before + 1);
  }
  async function answered(topic: string): Promise<void> {
    const before = world.messages('ended').length;
    await world.inject('answer', { answer: { run: topic, choice: 'Yes', by: 'anna' } });
    await world.message('ended', before + 1);
  }
  const warning = /Open runs of the workflow "selling" cannot go on as they began: .*/;
  /** What is said of a deploy, once that came (`null`: nothing is expected). */
  async function saidOf(act: () => Promise<unknown>, expected: RegExp | null): Promise<string[]> {
    const from = world.nodeRed.logs.length;
    await act();
    if (expected) await world.nodeRed.waitLog(expected, from);
    // Each waits its turn in the store behind what the start node asks there.
    for (let turn = 0; turn < 15; turn++) await unended();
    return world.nodeRed.logs.slice(from).flatMap(line => warning.exec(line)?.[0] ?? []);
  }

  it('names the runs whose step was done with other inputs, before they meet it, and once', async () => {
    await begin('Gold');
    const redrawn = changed('sale first', { note: 'redrawn' });
    const expected = /: “first” was recorded with another “Note” \(Gold\)\. Put the flows back/;
    // The wait is left alone, so that the run does not come to the changed step now.
    await saidOf(() => world.nodeRed.deploy(redrawn, 'nodes'), expected);
    assert.deepEqual(world.messages('error'), []);
    const elsewhere = redrawn.map(each => (each.id === 'bystander' ? { ...each, func: 'return null;' } : each));
    await begin('Silver'); // with the new value: nothing is to be said of it
    assert.deepEqual(await saidOf(() => world.nodeRed.deploy(elsewhere, 'nodes'), null), []);
    const both = /\(Gold\)\. Put/;
    await world.nodeRed.kill9();
    await saidOf(() => world.nodeRed.start(), both);
    await world.message('error', 1);
    const back = await saidOf(() => world.nodeRed.deploy(deployed, 'nodes'), /“Note” \(Silver\)/);
    assert.equal(back.length, 1);
    await answered('Gold');
    await world.inject('answer', { answer: { run: 'Silver', choice: 'Yes', by: 'anna' } });
    await world.nodeRed.deploy(redrawn, 'nodes');
    await world.until('both have ended', async () => (await unended()).length === 0);
  }).timeout(120_000);

  const unended = async () => {
    const answer = await fetch(`${world.nodeRed.url}/wap-billing/desk/state/runs?limit=100`);
    const { rows } = (await answer.json()) as { rows: Array<{ key: string; endedAt: number | null }> };
    return rows.filter(({ endedAt }) => endedAt === null).map(({ key }) => key);
  };

  it('says nothing of settings of a wait, of names and of places', async () => {
    await world.nodeRed.deploy(deployed, 'full');
    await begin('Iron');
    const from = world.nodeRed.logs.length;
    await world.nodeRed.deploy(
      changed('sale asked', { question: 'Really?', remindHours: '4' }).map(each =>
        each.id === 'sale first' ? { ...each, name: 'the first', x: 300 } : each,
      ),
      'full',
    );
    await answered('Iron');
    assert.deepEqual(
      world.nodeRed.logs.slice(from).filter(line => warning.test(line)),
      [],
    );
  });

  it('says where an input comes from elsewhere, and nothing once it is back', async () => {
    await world.nodeRed.deploy(deployed, 'full');
    await begin('Tin');
    const expected = /“first” reads “(Name|WAP id)” from elsewhere, .* \(Tin\)/;
    await saidOf(() => world.nodeRed.deploy(changed('sale first', { wapId: 'other' }), 'nodes'), expected);
    assert.deepEqual(await saidOf(() => world.nodeRed.deploy(deployed, 'nodes'), null), []);
    // Another property that holds the same: once the run has come there, nothing is to be said any more.
    const alike = changed('sale first', { wapId: 'workflow.key' });
    await saidOf(() => world.nodeRed.deploy(alike, 'full'), /“first” reads “WAP id” from elsewhere, .* \(Tin\)/);
    await world.until('it is sent again', async () => {
      return (await saidOf(() => world.nodeRed.deploy(alike, 'full'), null)).length === 0;
    });
    assert.deepEqual(
      world.messages('error').filter(({ topic }) => topic === 'Tin'),
      [],
    );
    await answered('Tin');
  });

  it('names a step that is gone: one that they stand at, and one that they have done', async () => {
    await world.nodeRed.deploy(deployed, 'full');
    await begin('Lead');
    await saidOf(
      () => world.nodeRed.deploy(without('sale asked'), 'full'),
      /: “asked”, at which they stand, is not in the flows any more \(Lead\)/,
    );
    await saidOf(
      () => world.nodeRed.deploy(without('sale first'), 'full'),
      /: “first”, which they have done, is not in the flows any more, .* \(Lead\)/,
    );
    await world.nodeRed.deploy(deployed, 'full');
    await answered('Lead');
  });

  it('names at most five of many, with their count, also after a kill with the flows changed meanwhile', async () => {
    await world.nodeRed.deploy(deployed, 'full');
    for (const number of [1, 2, 3, 4, 5, 6, 7]) await begin(`Many ${number}`);
    await world.nodeRed.kill9();
    const file = join(world.nodeRed.userDir, 'flows.json');
    const saved = await readFile(file, 'utf8');
    await writeFile(file, saved.replace('"note":"as drawn"', '"note":"while down"'));
    const said = await saidOf(
      () => world.nodeRed.start(),
      /another “Note” \(Many 1, Many 2, Many 3, Many 4, Many 5 … \(7\)\)/,
    );
    assert.equal(said.length, 1);
    await world.nodeRed.deploy(deployed, 'full');
    for (const number of [1, 2, 3, 4, 5, 6, 7]) await answered(`Many ${number}`);
  }).timeout(120_000);

  it('answers the editor which runs a change would stop, inside subflows too', async () => {
    await world.nodeRed.deploy(deployed, 'full');
    await world.inject('nested', { topic: 'Zinc' });
    await world.message('nested asked', 1);
    const asked = async (form: Properties) => {
      const answer = await fetch(`${world.nodeRed.url}/wap-billing/desk/state/stopsOfChange`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ gone: [], changed: [], ...form }),
      });
      return { status: answer.status, body: (await answer.json()) as Stop[] };
    };
    const inner = deployed.find(({ id }) => id === 'kept put') ?? assert.fail();
    for (const [title, form, expected] of [
      ['the node of the subflow', { gone: ['kept put'] }, ['replaced', 'put', [], ['Zinc']]],
      ['the instance', { gone: ['nested instance'] }, ['replaced', 'put', [], ['Zinc']]],
      ['its settings', { changed: [{ ...inner, note: 'other' }] }, ['changed', 'put', ['note'], ['Zinc']]],
      ['the same settings', { changed: [inner] }, undefined],
      ['another node', { gone: ['bystander'] }, undefined],
      ['the start node', { gone: ['nested start'] }, ['start', '', [], ['Zinc']]],
    ] as const) {
      const { body } = await asked(form);
      const found = body.filter(({ workflow }) => workflow === 'nesting');
      assert.deepEqual(found.map(({ why, step, fields, keys }) => [why, step, fields, keys])[0], expected, title);
    }
    assert.equal((await asked({ gone: 7 })).status, 400);
    assert.equal((await asked({ changed: ['x'] })).status, 400);
    // And the log, of the flows that run.
    const renamed = deployed.map(each => (each.id === 'kept put' ? { ...each, note: 'other' } : each));
    const from = world.nodeRed.logs.length;
    await world.nodeRed.deploy(renamed, 'full');
    await world.nodeRed.waitLog(/workflow "nesting" cannot go on as they began: “put” was recorded .* \(Zinc\)/, from);
  });
});
