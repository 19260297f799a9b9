import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeskAct } from '../../lib/desk/acts';
import type { RunLine } from '../../lib/desk/runs';
import type { RunDescription } from '../../lib/workflow/describe';
import type { FlowNode } from '../harness/admin-api';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';

type Properties = Record<string, unknown>;

const place = (z: string) => ({ z, name: '', x: 100, y: 100 });
const state: FlowNode = { id: 'state', type: 'billing-state', name: '', address: 'wap-billing.sqlite' };
const start = (z: string, more: Properties = {}): FlowNode => ({
  ...{ id: `${z}-start`, type: 'wap-workflow-start', ...place(z), state: 'state', workflowName: z },
  ...{ wires: [[`${z}-wait`], [], []], runKey: 'topic', runKeyType: 'msg', control: 'control', controlType: 'msg' },
  ...{ run: 'run', runType: 'msg', runs: 'runs', runsType: 'msg', oncePerKey: false, attempts: '1' },
  ...{ firstDelaySeconds: '0', maxDelaySeconds: '0', retentionDays: '30', ...more },
});
/** A run waits for somebody before it ends. */
const flowOf = (z: string): FlowNode[] => [
  { id: z, type: 'tab', label: z },
  start(z, { oncePerKey: z === 'once' }),
  {
    ...{ id: `${z}-wait`, type: 'wap-workflow-wait', ...place(z), name: 'asked', state: 'state', links: false },
    ...{ question: 'Go on with {{topic}}?', choices: '[{"choice":"Yes"},{"choice":"No"}]', fields: '[]', people: '' },
    ...{ deadlineHours: '', remindHours: '', wires: [[`${z}-end`], [`${z}-end`], [], []] },
  },
  { id: `${z}-end`, type: 'wap-workflow-end', ...place(z), endState: 'completed', wires: [[]] },
];
const tabs = ['sale', 'killed', 'copied', 'clash', 'gone', 'once'];

onEachMajor('a workflow that is renamed', major => {
  let world: World;
  let deployed: FlowNode[];

  before(async function () {
    this.timeout(120_000);
    world = await startWorld({ major });
    const probes = world.probes([state, ...tabs.flatMap(flowOf)]);
    for (const tab of tabs) {
      probes.drive(tab, `${tab}-start`).drive(`${tab}-answer`, `${tab}-wait`).catches(`${tab} error`, tab);
      for (const [output, name] of ['run', 'running', 'control'].entries()) {
        probes.watch(`${tab} ${name}`, `${tab}-start`, output);
      }
      probes.watch(`${tab} ended`, `${tab}-end`).watch(`${tab} asked`, `${tab}-wait`, 3);
    }
    deployed = probes.done();
    await world.deploy(deployed);
  });
  after(() => world.stop());

  const changed = (id: string, properties: Properties) =>
    deployed.map(node => (node.id === id ? { ...node, ...properties } : node));
  const desk = async <A>(question: string, query: Record<string, string> = {}) => {
    const answer = await fetch(`${world.nodeRed.url}/wap-billing/desk/state/${question}?${new URLSearchParams(query)}`);
    assert.equal(answer.status, 200);
    return (await answer.json()) as A;
  };
  /** Its run as the desk lists it. */
  const run = async (text: string) => (await desk<{ rows: RunLine[] }>('runs', { text })).rows[0];
  const of = (name: string, topic: string) => world.messages(name).filter(message => message.topic === topic);
  async function begin(tab: string, topic: string): Promise<void> {
    const before = world.messages(`${tab} asked`).length;
    await world.inject(tab, { topic });
    await world.message(`${tab} asked`, before + 1);
  }
  async function answered(tab: string, topic: string): Promise<void> {
    await world.inject(`${tab}-answer`, { answer: { run: topic, choice: 'Yes', by: 'anna' } });
    await world.until(`${topic} ends`, () => of(`${tab} ended`, topic)[0] ?? null);
    assert.equal(of(`${tab} ended`, topic).length, 1);
    assert.deepEqual(of(`${tab} error`, topic), []);
  }

  for (const kind of ['nodes', 'full'] as const) {
    it(`takes its open runs along, and says so once (deploy of kind ${kind})`, async () => {
      const [topic, name] = [`Gold ${kind}`, `sale by ${kind}`];
      await world.deploy(deployed);
      await begin('sale', topic);
      const from = world.nodeRed.logs.length;
      const renamed = changed('sale-start', { workflowName: name });
      await world.nodeRed.deploy(renamed, kind);
      await world.nodeRed.waitLog(new RegExp(`"sale" is called "${name}" now: 1 runs go on .*${topic}`), from);
      await world.nodeRed.deploy([...renamed, { id: 'other', type: 'tab', label: 'other' }], kind);
      await answered('sale', topic);
      const { workflow, state: how } = (await run(topic)) ?? {};
      assert.deepEqual([workflow, how], [name, 'completed']);
      const lines = world.nodeRed.logs.slice(from);
      assert.equal(lines.filter(line => line.includes(`is called "${name}" now`)).length, 1);
      assert.deepEqual(
        lines.filter(line => /no workflow start node/i.test(line)),
        [],
      );
      const [act] = (await desk<{ rows: DeskAct[] }>('acts')).rows;
      assert.deepEqual([act?.what, act?.subject, act?.count], ['renameRuns', `sale → ${name}`, 1]);
    });
  }

  it('takes them along also when it was renamed while Node-RED was killed, and back', async () => {
    await world.deploy(deployed);
    await begin('killed', 'Silver');
    await world.nodeRed.kill9();
    const file = join(world.nodeRed.userDir, 'flows.json');
    const saved = await readFile(file, 'utf8');
    await writeFile(file, saved.replace('"workflowName":"killed"', '"workflowName":"risen"'));
    await world.nodeRed.start();
    await world.until('it is listed as risen', async () => (await run('Silver'))?.workflow === 'risen');
    await world.nodeRed.kill9();
    await writeFile(file, saved);
    await world.nodeRed.start();
    await world.until('it is listed as killed', async () => (await run('Silver'))?.workflow === 'killed');
    await world.until('somebody is asked', async () => (await run('Silver'))?.at[0]?.label === 'asked');
    await answered('killed', 'Silver');
  }).timeout(120_000);

  it('a copy of its start node takes nothing, whichever of them begins first', async () => {
    await world.deploy(deployed);
    await begin('copied', 'Iron');
    const sent = of('copied run', 'Iron').length;
    const from = world.nodeRed.logs.length;
    // Before the original, as a copy on an earlier tab is.
    const copy = start('copied', { id: 'copy-start', name: 'the copy', z: 'sale', wires: [['sale-wait'], [], []] });
    await world.deploy([copy, ...deployed]);
    await world.nodeRed.waitLog(/1 runs of the workflow "copied" wait: the node "copied-start" began them/, from);
    const refused = await fetch(`${world.nodeRed.url}/wap-billing/desk/state/resumeRuns`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ids: [(await run('Iron'))?.id] }),
    });
    assert.match(await refused.text(), /\\"copied-start\\" began it/);
    await world.deploy([{ ...copy, workflowName: 'the copy' }, ...deployed]);
    await world.until('it is sent again', () => of('copied run', 'Iron').length > sent);
    assert.equal((await run('Iron'))?.workflow, 'copied');
    await answered('copied', 'Iron');
    assert.deepEqual(of('sale ended', 'Iron'), []);
  });

  it('leaves a run whose key is taken under the new name, says so, and takes it once the other has ended', async () => {
    await world.deploy(deployed);
    await begin('clash', 'Tin');
    await begin('gone', 'Tin');
    const from = world.nodeRed.logs.length;
    const renamed = changed('clash-start', { workflowName: 'gone' }).filter(
      ({ z, id }) => z !== 'gone' && id !== 'gone',
    );
    await world.deploy(renamed);
    await world.nodeRed.waitLog(
      /1 runs that this node began as the workflow "clash" wait .* as "gone" .*\(Tin\)/,
      from,
    );
    const both = (await desk<{ rows: RunLine[] }>('runs', { text: 'tin' })).rows;
    assert.deepEqual(both.map(({ workflow }) => workflow).sort(), ['clash', 'gone']);
    const other = both.find(({ workflow }) => workflow === 'gone');
    await world.inject('clash', { control: 'cancel', run: other?.id });
    await world.until('it is cancelled', async () => {
      const { rows } = await desk<{ rows: RunLine[] }>('runs', { text: 'tin', state: 'cancelled' });
      return rows.length === 1;
    });
    await world.deploy(renamed);
    await world.nodeRed.waitLog(/"clash" is called "gone" now: 1 runs/, from);
    await answered('clash', 'Tin');
  });

  it('whose start node is gone is named with how many runs wait; another start node of its name takes them', async () => {
    await world.deploy(deployed);
    await begin('gone', 'Lead');
    const from = world.nodeRed.logs.length;
    const without = deployed.filter(({ id }) => id !== 'gone-start');
    await world.deploy(without);
    await world.nodeRed.waitLog(/No workflow start node of the name "gone" runs .*: 1 runs wait/, from);
    const sent = world.messages('gone asked').length;
    await world.deploy([...without, start('gone', { id: 'gone-again' })]);
    await answered('gone', 'Lead');
    assert.equal(world.messages('gone asked').length, sent); // asked once, whatever was deployed
    assert.equal((await run('Lead'))?.state, 'completed');
  });

  it('remembers what was done once per key', async () => {
    await world.deploy(deployed);
    await begin('once', 'Zinc');
    await answered('once', 'Zinc');
    await world.deploy(changed('once-start', { workflowName: 'once more' }));
    const before = world.messages('once running').length;
    await world.inject('once', { topic: 'Zinc' });
    const { payload } = await world.message('once running', before + 1);
    assert.equal((payload as RunDescription).state, 'completed');
  });
});
