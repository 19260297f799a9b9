import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { FlowNode } from '../harness/admin-api';
import { openBrowser } from '../harness/browser';
import { assertAccessible } from '../harness/desk';
import type { Editor, EditorOptions } from '../harness/editor';
import { Editors } from '../harness/editors';
import { onEachMajor } from '../harness/repository';
import { until } from '../harness/until';
import type { World } from '../harness/world';
import { configuration, end, node, put, question, start } from '../nodes/run-flows';
import { startWapWorld } from '../nodes/wap-world';

const html = '<img src=x onerror="document.title=1">';

const flows: FlowNode[] = [
  ...configuration,
  { id: 'sale', type: 'tab', label: 'sale' },
  { ...start('sale', ['first']), workflowName: 'selling' },
  { ...put('sale', 'first', ['asked']), note: 'as drawn', noteType: 'str' },
  node('sale', 'asked', 'wap-workflow-wait', [['end'], ['end'], [], []], question),
  end('sale'),
].map((each, index) => (each.z ? { ...each, x: 200, y: 60 + 60 * index } : each));

/** Changes a node as its dialog does, without asking the dialog for its fields. */
interface Changing {
  RED: {
    nodes: { node(id: string): Record<string, unknown>; dirty(is: boolean): void };
    events: { emit(name: string, node: unknown): void };
    view: { select(selection: object): void };
    actions: { invoke(name: string): void };
  };
}

onEachMajor('the warning before a deploy that stops runs', major => {
  let world: World;
  let browser: Browser;
  let editors: Editors;

  before(async function () {
    this.timeout(180_000);
    world = await startWapWorld({ major });
    const probes = world.probes(flows).drive('sale', 'sale start').watch('asked', 'sale asked', 3);
    await world.deploy(probes.done());
    for (const [index, topic] of ['Gold', 'Silver', html, 'Tin', 'Lead', 'Iron'].entries()) {
      await world.inject('sale', { topic });
      await world.message('asked', index + 1);
    }
    browser = await openBrowser();
    editors = new Editors(browser, world.nodeRed, ['mapping-store', 'wap-workflow-wait']);
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  const open = (options: EditorOptions = {}) => editors.take(options);
  const notice = (editor: Editor, text: RegExp) =>
    editor.page.locator('.red-ui-notification:visible').filter({ hasText: text });
  const title = /open runs cannot go on as they began/;
  const change = (editor: Editor, id: string, property: string, value: string) =>
    editor.page.evaluate(
      ([nodeId, name, then]) => {
        const { RED } = window as unknown as Changing;
        const changed = RED.nodes.node(nodeId);
        changed[name] = then;
        RED.events.emit('nodes:change', changed);
        RED.nodes.dirty(true);
      },
      [id, property, value] as const,
    );
  /** As it was before `change`. */
  const putBack = async (editor: Editor, changed: Record<string, string[]>) => {
    for (const [id, properties] of Object.entries(changed))
      for (const property of properties)
        await change(editor, id, property, String(flows.find(each => each.id === id)?.[property]));
    await editor.page.evaluate(() => (window as unknown as Changing).RED.nodes.dirty(false));
    await until('no warning', async () => (await notice(editor, title).count()) === 0);
  };
  it('names runs, step and field, and goes when the change is undone', async () => {
    const editor = await open();
    await editor.openDialog('sale first');
    await editor.page.locator('#node-input-note + .red-ui-typedInput-container input').first().fill('redrawn');
    await editor.saveDialog();
    const warning = notice(editor, title);
    await warning.waitFor();
    const text = await warning.innerText();
    assert.match(text, /selling: “first” was recorded with another “Note” \(.*Gold.* … \(6\)\)/s);
    assert.ok(text.includes(html) && (await editor.page.title()) !== '1', text);
    // Nobody who goes on working is interrupted.
    assert.equal(await warning.locator('button:focus').count(), 0);
    await warning.getByRole('button').click({ trial: true }); // it slides in
    await editor.picture(`stops-${major}`);
    await editor.invoke('core:undo');
    await until('no warning', async () => (await warning.count()) === 0);
    await editors.giveBack(editor);
  });

  it('is not shown for settings of a wait, names and places, and again only when there is another one', async () => {
    const editor = await open();
    const answers: string[] = [];
    editor.page.on('response', response => {
      if (response.url().endsWith('/stopsOfChange')) answers.push(response.url());
    });
    await change(editor, 'sale asked', 'question', 'Really?');
    await until('that it was asked', () => answers.length > 0);
    await change(editor, 'sale first', 'name', 'the first');
    await until('that it was asked again', () => answers.length > 1);
    assert.equal(await notice(editor, title).count(), 0);
    await change(editor, 'sale first', 'note', 'redrawn');
    await notice(editor, title).getByRole('button', { name: 'Close' }).click();
    await until('no warning', async () => (await notice(editor, title).count()) === 0);
    const before = answers.length;
    await change(editor, 'sale asked', 'question', 'Really, really?');
    await until('that it was asked', () => answers.length > before);
    assert.equal(await notice(editor, title).count(), 0);
    await change(editor, 'sale first', 'wapId', 'other');
    await change(editor, 'sale first', 'note', 'as drawn');
    await notice(editor, /“first” reads “WAP id” from elsewhere/).waitFor();
    await putBack(editor, { 'sale asked': ['question'], 'sale first': ['name', 'wapId'] });
    await editors.giveBack(editor);
  });

  it('names steps that are deleted or disabled, at which runs stand or which they have done, and their start node', async () => {
    const editor = await open();
    await editor.remove('sale asked');
    await notice(editor, /“asked”, at which they stand, is not in the flows any more/).waitFor();
    await editor.remove('sale first');
    await notice(editor, /“first”, which they have done, is not in the flows any more/).waitFor();
    await editor.invoke('core:undo');
    await editor.invoke('core:undo');
    await until('no warning', async () => (await notice(editor, title).count()) === 0);
    await editor.page.evaluate(() => {
      const { RED } = window as unknown as Changing;
      RED.view.select({ nodes: [RED.nodes.node('sale start')] });
      RED.actions.invoke('core:disable-selected-nodes');
    });
    await notice(editor, /selling: their start node is not in the flows any more/).waitFor();
    await editor.invoke('core:undo');
    await until('no warning', async () => (await notice(editor, title).count()) === 0);
    await editors.giveBack(editor);
  });

  it('says nothing where a workflow is renamed, and goes with the deploy', async () => {
    const editor = await open();
    await change(editor, 'sale start', 'workflowName', 'sold');
    await change(editor, 'sale first', 'note', 'redrawn');
    const warning = notice(editor, title);
    await warning.waitFor();
    assert.doesNotMatch(await warning.innerText(), /start node/);
    await editor.deploy();
    await until('no warning', async () => (await warning.count()) === 0);
    await world.nodeRed.waitLog(/runs of the workflow "sold" cannot go on as they began: “first”/);
    await change(editor, 'sale first', 'note', 'as drawn');
    await editor.deploy();
    await editors.giveBack(editor);
  });

  it('is readable and accessible in Spanish', async () => {
    const editor = await open({ language: 'es-ES', width: 667 });
    await change(editor, 'sale first', 'note', 'redrawn');
    const warning = notice(editor, /«first» se registró con otro valor de “Nota”/);
    await warning.waitFor();
    await warning.getByRole('button').click({ trial: true });
    await assertAccessible(editor, '.red-ui-notification');
    await editor.picture(`stops-spanish-${major}`);
    editor.assertNoPageErrors();
    await editor.close();
  });
});
