import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { formOf } from '../contract/form';
import { asSaved, savedFlows } from '../contract/saved-flows';
import { openBrowser } from '../harness/browser';
import { openEditor } from '../harness/editor';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';

onEachMajor('dialogs of nodes that earlier versions saved', major => {
  let world: World | undefined;
  let browser: Browser | undefined;

  before(async function start() {
    this.timeout(180_000);
    world = await startWorld({ major });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  for (const { version, nodes } of savedFlows())
    it(`save the presets of what is new, and all else as it was (${version})`, async function saves() {
      this.timeout(120_000);
      if (!world || !browser) throw new Error('not started');
      const chosen = Object.fromEntries(nodes.map(([type]) => [type, type]));
      const saved = nodes.map(([type, properties]) => asSaved(type, properties, chosen));
      await world.deploy([{ id: 'tab', type: 'tab', label: 'older' }, ...saved]);
      const editor = await openEditor(browser, world.nodeRed.url, { types: Object.keys(chosen) });
      for (const [type, properties] of nodes) {
        const { defaults } = formOf(type).definition;
        const added = Object.entries(defaults).filter(([name]) => !(name in properties));
        if (added.length === 0) continue;
        await editor.openDialog(type);
        await editor.saveDialog();
        const { id, ...was } = saved.find(node => node.id === type) ?? assert.fail(type);
        const wanted = { ...was, ...Object.fromEntries(added.map(([name, { value }]) => [name, value])) };
        const names = Object.keys(defaults);
        const held = await editor.held(id, names);
        assert.deepEqual(held, Object.fromEntries(names.map(name => [name, Reflect.get(wanted, name)])), type);
      }
      editor.assertNoPageErrors();
      await editor.close();
    });
});
