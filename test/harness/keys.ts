/** The editor and the desk by the keyboard alone; what a person decides is counted, not how often Tab is pressed. */
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';

const furthest = 150;

export class Keys {
  readonly #page: Page;
  /** Commands, choices, texts and buttons so far. */
  steps = 0;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Presses Tab until the focus is there. */
  async tabTo(target: Locator, what: string): Promise<void> {
    await target.first().waitFor();
    for (let count = 0; count < furthest; count++) {
      if (await target.first().evaluate(element => element === document.activeElement)) return;
      await this.#page.keyboard.press('Tab');
    }
    assert.fail(`the focus never came to ${what}; it is at ${await this.#place()}`);
  }

  /** Goes to a button and presses it. */
  async press(target: Locator, what: string, key = 'Enter'): Promise<void> {
    await this.tabTo(target, what);
    this.steps += 1;
    await this.#page.keyboard.press(key);
  }

  /** Goes to a field and replaces what is in it. */
  async type(target: Locator, what: string, text: string): Promise<void> {
    await this.tabTo(target, what);
    this.steps += 1;
    await this.#page.keyboard.press('ControlOrMeta+a');
    await this.#page.keyboard.type(text);
  }

  /** Goes to a choice and takes a word of it. */
  async choose(target: Locator, what: string, word: string): Promise<void> {
    await this.tabTo(target, what);
    this.steps += 1;
    await this.#page.keyboard.press('Home');
    for (let count = 0; count < 30 && (await target.inputValue()) !== word; count++)
      await this.#page.keyboard.press('ArrowDown');
    assert.equal(await target.inputValue(), word, what);
  }

  /** Runs a command of the editor from its list. */
  async command(words: string): Promise<void> {
    this.steps += 1;
    await this.#page.keyboard.press('Control+Shift+P');
    const field = this.#page.locator('#red-ui-actionList input');
    await field.waitFor();
    await this.#page.keyboard.type(words);
    await this.#page.locator('#red-ui-actionList li:visible', { hasText: words }).waitFor();
    const chosen = this.#page.locator('#red-ui-actionList li.selected:visible', { hasText: words });
    for (let count = 0; count < 10 && !(await chosen.isVisible()); count++)
      await this.#page.keyboard.press('ArrowDown');
    await this.#page.keyboard.press('Enter');
    await this.#page.locator('#red-ui-actionList').waitFor({ state: 'hidden' }); // it empties its field last of all
  }

  /** Opens the desk, or comes back to it, and goes to a view. */
  async desk(view: string): Promise<void> {
    await this.command('show desk');
    const chosen = this.#page.locator('.wap-billing-desk [role="tab"][aria-selected="true"]');
    await this.#page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'tab');
    this.steps += 1;
    for (let count = 0; count < 10 && (await chosen.getAttribute('data-view')) !== view; count++) {
      const isBehind = await this.#page
        .locator(`.wap-billing-desk [data-view="${view}"]`)
        .evaluate(tab => document.activeElement?.compareDocumentPosition(tab) === Node.DOCUMENT_POSITION_FOLLOWING);
      await this.#page.keyboard.press(isBehind ? 'ArrowRight' : 'ArrowLeft');
    }
  }

  #place(): Promise<string> {
    return this.#page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200) ?? 'nothing');
  }
}
