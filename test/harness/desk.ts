/** The operator's desk as a person uses it; clicks, typing and choices are counted. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { pictureFolder } from './browser';
import type { Editor } from './editor';
import type { Editors } from './editors';

interface Axe {
  run(place: string): Promise<{ violations: Array<{ id: string; help: string; nodes: Array<{ html: string }> }> }>;
}

const axePath = createRequire(__filename).resolve('axe-core/axe.min.js');

/** What is wrong for people with screen readers, weak sight or a keyboard alone, in a part of the page. */
export async function assertAccessible(editor: Editor, place: string): Promise<void> {
  await editor.page.addScriptTag({ path: axePath });
  const found = await editor.page.evaluate(async selector => {
    const { violations } = await (window as unknown as { axe: Axe }).axe.run(selector);
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`);
  }, place);
  assert.deepEqual(found, []);
}

export class DeskPage {
  /** What the person did so far: clicks, fields filled in, choices. */
  steps = 0;

  constructor(readonly editor: Editor) {}

  get page() {
    return this.editor.page;
  }

  get element(): Locator {
    return this.page.locator('.wap-billing-desk');
  }

  /** Opens the sidebar at a view: two clicks. */
  async open(view: string): Promise<void> {
    if (!(await this.element.isVisible())) {
      this.steps += 1;
      await this.page.evaluate(() => window.RED.actions.invoke('wap-billing:show-desk'));
      await this.element.waitFor();
    }
    const button = this.element.locator(`[data-view="${view}"]`);
    if ((await button.getAttribute('aria-selected')) !== 'true') await this.press(button);
  }

  /** Back from the wide tray. */
  async closeWide(): Promise<void> {
    await this.press(this.page.locator('#wap-billing-desk-close'));
    await this.page.waitForFunction(() => document.querySelector('.red-ui-tray') === null);
  }

  /** Out of sight and empty, as it was when the page was opened: whoever takes the page next begins at the first view. */
  async giveBackTo(editors: Editors): Promise<void> {
    await this.page.unrouteAll({ behavior: 'wait' });
    await this.page.evaluate(() => {
      window.RED.sidebar.show('info');
      document.querySelector<HTMLElement>('.wap-billing-desk [role="tab"]')?.click();
    });
    await this.page.waitForFunction(() => document.querySelector('.wap-billing-desk-view')?.childElementCount === 0);
    await editors.giveBack(this.editor);
  }

  async press(target: Locator): Promise<void> {
    this.steps += 1;
    await target.click();
  }

  async type(target: Locator, text: string): Promise<void> {
    this.steps += 1;
    await target.fill(text);
  }

  async choose(target: Locator, word: string): Promise<void> {
    this.steps += 1;
    await target.selectOption(word);
  }

  /** Rows of the list that is shown. */
  rows(): Locator {
    return this.element.locator('tr[data-key]');
  }

  filter(name: string): Locator {
    return this.element.locator(`[data-filter="${name}"]`);
  }

  button(name: string): Locator {
    return this.element.getByRole('button', { name });
  }

  /** The box that asks before something is done. */
  box(): Locator {
    return this.page.locator('.ui-dialog:visible');
  }

  async picture(name: string): Promise<string> {
    const path = join(pictureFolder(), `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  assertAccessible(): Promise<void> {
    return assertAccessible(this.editor, '.wap-billing-desk');
  }
}
