/** Pages of the editor that several tests use, one after the other: opening one costs two seconds of a processor, more than what
 *  most tests do with it. */
import type { Browser } from 'playwright-core';
import { type Editor, type EditorOptions, openEditor } from './editor';
import type { Major } from './repository';

export class Editors {
  readonly #browser: Browser;
  readonly #url: string;
  readonly #major: Major;
  readonly #kept = new Map<string, Editor>();

  constructor(browser: Browser, { url, major }: { url: string; major: Major }) {
    this.#browser = browser;
    this.#url = url;
    this.#major = major;
  }

  /** The page of this look that was given back, or a new one. */
  async take(options: EditorOptions): Promise<Editor> {
    const look = this.#lookOf(options);
    const kept = this.#kept.get(look);
    this.#kept.delete(look);
    return kept ?? openEditor(this.#browser, this.#url, options);
  }

  /** For the next test that takes a page of this look. No dialog is open in it, and nothing in it is changed. */
  async giveBack(editor: Editor, options: EditorOptions): Promise<void> {
    const look = this.#lookOf(options);
    if (this.#kept.has(look)) await editor.close();
    else this.#kept.set(look, editor);
  }

  #lookOf({ dark, ...others }: EditorOptions): string {
    const isDark = this.#major !== 4 && dark === true; // Node-RED 4 has no dark look
    return JSON.stringify(Object.entries({ ...others, isDark }).sort());
  }
}
