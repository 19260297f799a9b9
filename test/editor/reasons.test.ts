import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { formOf } from '../contract/form';
import type { FlowNode } from '../harness/admin-api';
import { openBrowser } from '../harness/browser';
import { type Editor, openEditor } from '../harness/editor';
import { onEachMajor } from '../harness/repository';
import type { World } from '../harness/world';
import { connections, startWapWorld } from '../nodes/wap-world';

/** What is filled in besides the defaults, and the reasons that the red triangle then gives. */
const cases: Array<[type: string, filled: Record<string, unknown>, reasons: string[]]> = [
  ['wap-plan-create', { displayName: 'Gold' }, []],
  ['wap-plan-create', {}, ['Display name: Enter a value, or choose where it comes from']],
  ['wap-plan-create', { displayName: 'Gold', language: '' }, ['Language: Enter a value']],
  ['wap-plan-get', {}, []],
  ['wap-plan-get', { kind: 'pack', kindType: 'str' }, ['Plan or add-on: Choose one of plan, addon']],
  ['wap-plan-get', { kind: '${KIND}', kindType: 'str' }, []],
  ['wap-plan-get', { planId: '' }, ['Id or name: Enter a value, or choose where it comes from']],
  ['wap-plan-get', { planId: '', mode: 'list' }, []],
  ['wap-plan-configure', {}, []],
  ['wap-plan-configure', { quotas: '{"a"' }, ['Quotas: This is not readable JSON']],
  ['wap-plan-configure', { services: '[{"name":"x"},{"name":""}]' }, ['Services: Row 2 is not complete']],
  ['wap-plan-clone', {}, []],
  ['wap-plan-clone', { rounds: '${ROUNDS:-3}' }, []],
  ['wap-plan-clone', { rounds: 'many' }, ['Highest round: Enter a number from 1 to 1000']],
  ['wap-plan-delete', {}, []],
  ['wap-plan-delete', { which: 'id' }, ['Id: Enter a value, or choose where it comes from']],
  ['wap-plan-publish', {}, []],
  ['wap-ack', { outcome: 'waiting' }, []],
  ['wap-ack', { outcome: 'done' }, ['Outcome: Choose one of delivered, retry, waiting, deadLetter']],
  ['wap-connection', { adminUrl: 'wap' }, ['Admin API: Enter an address such as https://host:30004']],
];

/** What a node has that is dropped. */
const presets = (type: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(formOf(type).definition.defaults).map(([name, { value }]) => [name, value]));
const types = [...new Set(cases.map(([type]) => type))];

onEachMajor('reasons of the red triangles', major => {
  let world: World | undefined;
  let browser: Browser | undefined;
  let editor: Editor;

  before(async function start() {
    this.timeout(180_000);
    world = await startWapWorld({ major });
    browser = await openBrowser();
    const nodes = cases.map(([type, filled], index): FlowNode => {
      const place =
        type === 'wap-connection' ? {} : { z: 'tab', x: 200, y: 100, wires: [], connection: 'ok', state: 'kept' };
      return { id: `case${index}`, type, ...presets(type), ...place, ...filled };
    });
    const state = { id: 'kept', type: 'billing-state', name: '', address: 'reasons.sqlite' };
    await world.deploy([{ id: 'tab', type: 'tab' }, ...connections, state, ...nodes]);
    editor = await openEditor(browser, world.nodeRed.url, { types });
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  for (const [index, [type, filled, reasons]] of cases.entries()) {
    it(`${type} ${JSON.stringify(filled)}: ${reasons.join(', ') || 'none'}`, async () => {
      const found = await editor.page.evaluate(
        id => (window.RED.nodes.node(id) as { validationErrors?: string[] } | null)?.validationErrors ?? [],
        `case${index}`,
      );
      assert.deepEqual(found, reasons);
    });
  }
});
