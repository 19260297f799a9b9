import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { PlanOrAddOn } from '../../lib/wap/types';
import { openBrowser } from '../harness/browser';
import { keepWhenTestsFail } from '../harness/evidence';
import { examples } from '../harness/examples';
import { claimPort } from '../harness/ports';
import { until } from '../harness/until';
import { type DemoEditor, openDemoEditor } from './demo-editor';
import { type DemoRun, runDemo } from './demo-run';

/** Quicker than the demo's own; a busy machine must not take so long that a plan which is shown is given up. */
const pace = { WAP_POLL_SECONDS: '1', BILLING_CHECK_SECONDS: '0.2', BILLING_DEADLINE_MINUTES: '0.3' };

/** Of a machine behind a proxy, which knows nothing of what runs here. */
const proxied = { HTTP_PROXY: 'http://127.0.0.1:9', http_proxy: 'http://127.0.0.1:9' };

/** Pressed at the right moment, instead of with all the others. */
const beginAnew = ['WAP was restored: begin anew from yesterday', 'begin anew from yesterday'];
const withFile = 'Create the plans'; // of a file that a demo has not
const later = [
  'Reset the demo',
  'Sell Stuck Silver',
  'Import the mapping',
  'Resume Gold Hosting',
  withFile,
  ...beginAnew,
];

describe('the demo', () => {
  let home: string;
  let port: string;
  let release: (because?: unknown) => void;
  let demo: DemoRun;
  let addresses: { editor: string; wap: string };
  let browser: Browser;
  let editor: DemoEditor;

  const open = async () => {
    addresses = await demo.ready();
    editor = await openDemoEditor(browser, addresses.editor);
  };
  /** As WAP has it, from what its simulator tells about itself; 1 is public. */
  const stateOf = async (name: string, kind: 'plans' | 'addons'): Promise<number | undefined> => {
    const state = await (await fetch(`${addresses.wap}_simulator/state`)).json();
    return state[kind].find((plan: PlanOrAddOn) => plan.DisplayName === name)?.State;
  };
  const onSale = (name: string, kind: 'plans' | 'addons' = 'plans') =>
    until(`${name} is public in WAP`, async () => (await stateOf(name, kind)) === 1, 60_000);

  before(async function start() {
    this.timeout(300_000);
    home = mkdtempSync(join(tmpdir(), 'wap-billing-demo-'));
    release = keepWhenTestsFail(home);
    port = String(await claimPort());
    browser = await openBrowser();
    demo = runDemo(['--port', port, '--new-ports'], home, { ...pace, ...proxied });
    await open();
  });
  after(async () => {
    await browser?.close();
    await demo?.ctrlC();
    release?.();
  });

  it('opens on the desk', async () => {
    await editor.page.locator('.wap-billing-desk').waitFor();
  });

  it('says what to press: every button of every example', () => {
    const buttons = examples().flatMap(({ flows }) => flows.filter(({ type }) => type === 'inject'));
    assert.ok(buttons.length > 10);
    for (const { name } of buttons) assert.ok(demo.output.includes(`[${name}]`), `${name} is not named`);
  });

  it('runs every example when its buttons are pressed, and nothing fails', async function press() {
    this.timeout(180_000);
    for (const name of editor.buttons.filter(each => !later.includes(each))) await editor.press(name);
    await editor.said('Written');
    await editor.press('Import the mapping');
    await editor.said('Imported');
    await onSale('Gold Hosting');
    await onSale('Extra Database', 'addons');
    await onSale('Bronze Hosting');
    await editor.said('On sale', 3);
    await editor.said('Created', 10);
    for (const answer of ['runs', 'Totals written', 'Result', 'Report']) await editor.said(answer);
    assert.deepEqual([editor.failures(), editor.red()], [[], []]);
  });

  it('refuses to resume what has ended, in words', async () => {
    await editor.press('Resume Gold Hosting');
    const { message } = await until('the refusal', () => editor.failures()[0]);
    assert.match(message, /Gold Hosting.*has ended/);
  });

  for (const name of beginAnew)
    it(`refuses "${name}" while nothing was restored, in words`, async () => {
      const before = editor.failures().length;
      await editor.press(name);
      const { message } = await until('the refusal', () => editor.failures()[before]);
      assert.match(message, /its database was not restored/);
    });

  it('says in one line that its port is busy', async function busy() {
    this.timeout(120_000);
    const second = runDemo(['--port', port], home);
    assert.equal(await second.ended(), 1);
    assert.equal(
      second.output.trim(),
      `Port ${port} is in use. Choose another one: npm start -- --port ${Number(port) + 1}`,
    );
  });

  it('begins anew by its own button: what was sold is gone, and can be sold again', async function reset() {
    this.timeout(180_000);
    await editor.press('Reset the demo');
    await until('WAP is empty again', () =>
      stateOf('Gold Hosting', 'plans').then(
        found => found === undefined,
        () => false,
      ),
    );
    await editor.close();
    await until(
      'the editor is back',
      () =>
        fetch(addresses.editor).then(
          ({ ok }) => ok,
          () => false,
        ),
      60_000,
    );
    await open();
    await editor.press('Sell Gold Hosting');
    await onSale('Gold Hosting');
    assert.deepEqual([editor.failures(), editor.red()], [[], []]);
  });

  it('leaves no process after Ctrl-C, and the next start goes on where this one stopped', async function again() {
    this.timeout(300_000);
    await editor.press('Sell Stuck Silver');
    await until('it is in WAP', async () => (await stateOf('Stuck Silver', 'plans')) === 0);
    await editor.close();
    await demo.ctrlC();
    demo = runDemo(['--port', port], home, pace);
    await open();
    assert.equal(await stateOf('Gold Hosting', 'plans'), 1);
    await onSale('Stuck Silver (r2)');
    assert.deepEqual([editor.failures(), editor.red()], [[], []]);
  });

  it('begins anew with --reset, and empties no folder that is not a demo', async function anew() {
    this.timeout(300_000);
    const foreign = mkdtempSync(join(tmpdir(), 'wap-billing-foreign-'));
    writeFileSync(join(foreign, 'letter.txt'), 'mine');
    const refused = runDemo(['--port', String(await claimPort()), '--reset'], foreign);
    assert.equal(await refused.ended(), 1);
    assert.match(refused.output, /is not a folder of the demo/);
    assert.ok(existsSync(join(foreign, 'letter.txt')));
    rmSync(foreign, { recursive: true });
    await editor.close();
    await demo.ctrlC();
    demo = runDemo(['--port', port, '--new-ports', '--reset'], home, pace);
    addresses = await demo.ready();
    assert.equal(await stateOf('Gold Hosting', 'plans'), undefined);
  });
});
