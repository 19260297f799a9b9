import assert from 'node:assert/strict';
import type { DeployKind, FlowNode } from '../harness/admin-api';
import { onEachMajor } from '../harness/repository';
import { change, Desk, Drawing, killed, stored } from './customised';
import { type SaleWorld, startSale } from './sale-world';

const yes = 'Yes, it is there';

onEachMajor('deploys while runs wait for a person', major => {
  let sale: SaleWorld;
  let desk: Desk;
  const names: string[] = [];

  before(async function () {
    this.timeout(120_000);
    sale = await startSale(major, ['15 - Daily'], { wap: { quotaSyncMs: 0 } });
    desk = new Desk(sale.world);
  });
  after(() => sale.stop());

  const confirmed = () => Drawing.of('15 - Daily', '04 - Usage').set('5 s later', { duration: '0.1' });
  /** Orders them, until each waits for its answer: run → question. */
  async function wait(...ordered: string[]): Promise<Map<string, string>> {
    names.push(...ordered);
    await Promise.all(ordered.map(name => sale.order(name)));
    for (const name of ordered) await desk.asked(name);
    return new Map((await desk.questions()).map(({ key, id }) => [key, id]));
  }
  /** The questions are the same as before; each is answered, and each plan is sold and mapped to what was filled in. */
  async function answered(asked: Map<string, string>): Promise<void> {
    const before = new Set(sale.world.messages('ended').map(({ topic }) => topic));
    for (const [name, id] of asked) {
      assert.equal((await desk.asked(name)).id, id);
      assert.equal(await desk.answer(id, yes, { billingId: `billing ${name}` }), 200);
    }
    for (const name of asked.keys()) {
      await sale.published('plan', name);
      await sale.until(`${name} ends`, async () => Object.values(await desk.runs(name)).includes('completed'));
    }
    const mapped = await sale.mapped('plan');
    for (const name of asked.keys()) {
      assert.equal(sale.family('plan', name).length, 1);
      assert.equal(mapped[sale.plan('plan', name)?.Id ?? ''], `billing ${name}`);
    }
    assert.deepEqual(await desk.questions(), []);
    assert.deepEqual(sale.world.messages('caught'), []);
    const now = sale.world.messages('ended').filter(({ topic }) => !before.has(topic));
    assert.deepEqual(now.map(({ topic }) => topic).sort(), [...asked.keys()].sort());
  }

  it('lets them go on when nodes, the group and the tab get other names and places, and steps another tab', async () => {
    const drawing = confirmed();
    await sale.draw(drawing.nodes);
    const asked = await wait('Amber', 'Opal', 'Onyx');
    const behind = ['ask somebody', 'set up in billing?', 'map it', '5 s later', 'make public', 'on sale'];
    const moved = drawing.nodes.filter(({ name, type }) => behind.includes(String(name)) && type !== 'link out');
    drawing
      .each(node => (node.type === 'group' ? { name: `${node.name}, as we say`, x: 700 } : undefined))
      .each(({ name, type, x }) =>
        type.startsWith('wap-') && x !== undefined ? { name: `our ${name}`, x: Number(x) + 40, y: 500 } : undefined,
      )
      .set('15 A person confirms', { label: 'Sales of our own' })
      .include({ id: 'later', type: 'tab', label: 'After the answer' })
      .include({ id: 'box', type: 'group', z: 'later', name: 'a new group', nodes: moved.map(({ id }) => id) })
      .each(({ id }) => (moved.some(node => node.id === id) ? { z: 'later', g: 'box' } : undefined));
    // "drop it" stays behind, so its wire is cut.
    drawing.wire('our set up in billing?', [], 1).wire('our set up in billing?', [], 3);
    await sale.draw(drawing.nodes);
    await killed(sale.world);
    await answered(asked);
  });

  it('lets twenty go on through deploys of other tabs and of their own, and does the step that came behind', async () => {
    const drawing = confirmed();
    await sale.draw(drawing.nodes);
    const asked = await wait(
      ...Array.from({ length: 20 }, (_none, index) => `Twenty ${String(index).padStart(2, '0')}`),
    );
    assert.equal(asked.size, 20);
    const deploy = (kind: DeployKind, change: (nodes: FlowNode[]) => FlowNode[]) =>
      sale.world.nodeRed.flows().then(nodes => sale.world.nodeRed.deploy(change(nodes), kind));

    // Of another tab, of each kind.
    const usage = drawing.the('usage once a minute').id;
    const every = (seconds: string) => (nodes: FlowNode[]) =>
      nodes.map(node => (node.id === usage ? { ...node, everySeconds: seconds } : node));
    await deploy('nodes', every('70'));
    await deploy('flows', every('80'));
    await deploy('full', every('90'));
    await deploy('nodes', nodes => nodes.filter(({ z, id }) => ![z, id].includes('32238158ec38d813')));

    // Of their own tab: the question, how long it waits behind it, and a step and a change node more.
    drawing
      .set('set up in billing?', { question: 'Is it there?', remindHours: '4' })
      .set('5 s later', { duration: '0.2' })
      .insert('map it', change('note it', { noted: '"seen by " & answer.by' }))
      .insert('note it', { ...drawing.the('map it'), id: 'note', type: 'mapping-store', name: 'note', g: undefined });
    drawing.set('note', { note: 'noted', noteType: 'msg', replace: true });
    await sale.draw(drawing.nodes);
    await killed(sale.world);
    await deploy('flows', nodes => nodes.map(node => (node.id === 'note it' ? { ...node, y: 800 } : node)));
    await deploy('full', nodes => nodes);
    await answered(asked);
    const listed = sale.world.messages('listed').at(-1)?.payload as Array<{ wapId: string; note: string | null }>;
    for (const name of asked.keys())
      assert.equal(listed.find(({ wapId }) => wapId === sale.plan('plan', name)?.Id)?.note, 'seen by anna');
  });

  it('has each run once in the state file, and each pair', async () => {
    await sale.world.nodeRed.kill9();
    const { runs, openSteps, mapping } = await stored(sale.world);
    assert.deepEqual(runs, names.map(name => `sell with a person, ${name}: completed`).sort());
    assert.deepEqual(openSteps, []);
    assert.deepEqual(mapping.map(({ billing_id }) => billing_id).sort(), names.map(name => `billing ${name}`).sort());
    assert.equal(sale.plans('plan').length, names.length);
  });
});
