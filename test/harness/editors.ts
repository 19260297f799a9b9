/** Pages of the editor that several tests use, one after the other: opening one costs two seconds of a processor, more than what
 *  most tests do with it. */
import type { Browser } from 'playwright-core';
import { type Editor, type EditorOptions, openEditor } from './editor';
import type { Major } from './repository';

export class Editors {
  readonly #browser: Browser;
  readonly #url: string;
  readonly #major: Major;
  readonly #types: string[];
  readonly #kept = new Map<string, Editor>();
  readonly #looks = new Map<Editor, string>();

  /** `types`: what the palette of each page has to know before it is used. */
  constructor(browser: Browser, { url, major }: { url: string; major: Major }, types: string[]) {
    this.#browser = browser;
    this.#url = url;
    this.#major = major;
    this.#types = types;
  }

  /** The page of this look that was given back, or a new one. */
  async take(options: EditorOptions = {}): Promise<Editor> {
    const look = this.#lookOf(options);
    const kept = this.#kept.get(look);
    this.#kept.delete(look);
    const editor = kept ?? (await this.open(options));
    this.#looks.set(editor, look);
    return editor;
  }

  /** A page that nobody had before, for one test. */
  open(options: EditorOptions = {}): Promise<Editor> {
    return openEditor(this.#browser, this.#url, { types: this.#types, ...options });
  }

  /** For the next test that takes a page of this look. No dialog is open in it, and nothing in it is changed. */
  async giveBack(editor: Editor): Promise<void> {
    await editor.noticesGone();
    await editor.assertUntouched();
    const look = this.#looks.get(editor);
    if (look === undefined || this.#kept.has(look)) await editor.close();
    else this.#kept.set(look, editor);
  }

  #lookOf({ dark, ...others }: EditorOptions): string {
    const isDark = this.#major !== 4 && dark === true; // Node-RED 4 has no dark look
    return JSON.stringify(Object.entries({ ...others, isDark }).sort());
  }
}
