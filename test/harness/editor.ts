/** Node-RED's editor as a person uses it, in a real browser. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { pictureFolder } from './browser';

/** What the page's own scripts offer, as far as tests ask. */
interface EditorGlobals {
  /** On other pages than the editor there is none. */
  jQuery?: { fx: { off: boolean } };
  RED: {
    tray: { close(done?: () => void): void };
    sidebar: { show(id: string): void };
    nodes: {
      getType(type: string): unknown;
      getNodeHelp(type: string): string;
      dirty(): boolean;
      getWorkspaceOrder(): string[];
      node(id: string): { valid: boolean } | null;
      filterNodes(filter: { type: string }): Array<{ id: string }>;
      eachNode(visit: (node: { id: string; type: string; valid: boolean }) => void): void;
      eachConfig(visit: (node: { id: string; type: string; valid: boolean }) => void): void;
    };
    editor: { edit(node: unknown): void; editConfig(name: string, type: string, id: string): void };
    workspaces: { show(id: string): void };
    view: {
      createNode(type: string, x: number, y: number): { node: object };
      select(selection: { nodes: unknown[] }): void;
    };
    actions: { invoke(action: string): void };
  };
}

declare global {
  interface Window extends EditorGlobals {}
}

export interface EditorOptions {
  types?: string[];
  dark?: boolean;
  language?: string;
  width?: number;
  /** Of every request of the page. */
  latencyMs?: number;
  /** With what slides and fades, as people see it. Tests wait for the end of it, and half of their time would be this. */
  isMoving?: boolean;
}

/** Opens the editor and waits until the palette knows `types`. */
export async function openEditor(browser: Browser, url: string, options: EditorOptions = {}): Promise<Editor> {
  const context = await browser.newContext({ viewport: { width: options.width ?? 1400, height: 900 } });
  const { dark, language } = options;
  if (!options.isMoving) await context.addInitScript(nothingMoves);
  // The test runner's compiler wraps named functions in a helper that a page does not have.
  await context.addInitScript('globalThis.__name = named => named');
  await context.addInitScript(
    stored => {
      for (const [name, value] of stored) localStorage.setItem(name, value);
    },
    [
      ...(dark ? [['view-dark-theme', 'dark'] as const] : []),
      ...(language ? [['editor-language', language] as const] : []),
    ],
  );
  const page = await context.newPage();
  const editor = new Editor(page);
  if (options.latencyMs) {
    const session = await context.newCDPSession(page);
    const unlimited = { offline: false, downloadThroughput: -1, uploadThroughput: -1 };
    await session.send('Network.emulateNetworkConditions', { ...unlimited, latency: options.latencyMs });
  }
  await page.goto(url);
  await page.waitForSelector('#red-ui-workspace-chart');
  await page.waitForSelector('.red-ui-palette-node[data-palette-type="inject"]');
  for (const type of options.types ?? [])
    await page.waitForFunction(name => Boolean(window.RED.nodes.getType(name)), type);
  return editor;
}

/** In the page: what slides, fades or turns is at its end at once. */
function nothingMoves(): void {
  const still = new CSSStyleSheet();
  still.replaceSync('*, ::before, ::after { transition: none !important; animation: none !important; }');
  document.adoptedStyleSheets.push(still);
  document.addEventListener('DOMContentLoaded', () => {
    if (!window.jQuery) return;
    window.jQuery.fx.off = true;
    // A tray counts by itself how long it slides out.
    const { tray } = window.RED;
    const plain = tray.close;
    tray.close = done => {
      const { setTimeout } = window;
      window.setTimeout = ((act: () => void) => setTimeout(act, 0)) as typeof setTimeout;
      try {
        plain(done);
      } finally {
        window.setTimeout = setTimeout;
      }
    };
  });
}

export class Editor {
  /** Errors of the page's scripts since it was opened. */
  readonly pageErrors: string[] = [];

  constructor(readonly page: Page) {
    page.on('pageerror', error => this.pageErrors.push(error.stack ?? error.message));
  }

  /** Import > Examples > the package > `path`, and places the nodes on a new tab. */
  async importExample(moduleName: string, path: string[]): Promise<void> {
    await this.invoke('core:show-examples-import-dialog');
    const dialog = this.page.locator('.ui-dialog:visible');
    const labels = [moduleName, ...path].map(text => ({
      text,
      label: dialog.locator('.red-ui-treeList-label', { hasText: text }).first(),
    }));
    for (const { text, label } of labels) {
      // A click that came too early, and a wait for the label, would be tried again only after half a second.
      await this.page.waitForFunction(
        wanted =>
          [...document.querySelectorAll('.ui-dialog .red-ui-treeList-label')].some(
            each => each.checkVisibility() && each.textContent?.includes(wanted),
          ),
        text,
        { polling: 50 },
      );
      await label.click();
    }
    const ok = dialog.locator('#red-ui-clipboard-dialog-ok:enabled');
    const isChosen = () =>
      ok.waitFor({ timeout: 3_000 }).then(
        () => true,
        () => false,
      );
    // While the dialog is still being drawn, a choice may be lost.
    for (let tries = 0; tries < 5 && !(await isChosen()); tries++) await labels.at(-1)?.label.click();
    await ok.click();
    await dialog.waitFor({ state: 'hidden' });
    await this.#importCopyIfAsked();
    await this.noticesGone();
  }

  /** Brings the last tab to the front: an import adds its tab there. */
  showLastTab(): Promise<void> {
    return this.page.evaluate(() => {
      const last = window.RED.nodes.getWorkspaceOrder().at(-1);
      if (last) window.RED.workspaces.show(last);
    });
  }

  invoke(action: string): Promise<void> {
    return this.page.evaluate(name => window.RED.actions.invoke(name), action);
  }

  /** Opens the dialog of a node, of a configuration node too. */
  async openDialog(id: string): Promise<void> {
    await this.page.evaluate(nodeId => {
      const node = window.RED.nodes.node(nodeId) as { type: string; z?: string; _def?: { category?: string } } | null;
      if (!node) throw new Error(`no node ${nodeId}`);
      if (node._def?.category === 'config') window.RED.editor.editConfig('', node.type, nodeId);
      else window.RED.editor.edit(node);
    }, id);
    await this.page.waitForSelector('#node-dialog-ok:visible, #node-config-dialog-ok:visible');
    await this.#trayStill();
  }

  /** Opens the dialog of a configuration node that is not there yet. */
  async newConfiguration(type: string): Promise<void> {
    await this.page.evaluate(name => window.RED.editor.editConfig('', name, '_ADD_'), type);
    await this.page.waitForSelector('#node-config-dialog-ok:visible');
    await this.#trayStill();
  }

  /** Nothing but the flow that is open, as large as it fits. */
  async showOnlyFlow(): Promise<void> {
    for (const action of ['core:toggle-palette', 'core:toggle-sidebar', 'core:zoom-fit']) await this.invoke(action);
  }

  /** Deletes a node as the delete key does. */
  remove(id: string): Promise<void> {
    return this.page.evaluate(nodeId => {
      window.RED.view.select({ nodes: [window.RED.nodes.node(nodeId)] });
      window.RED.actions.invoke('core:delete-selection');
    }, id);
  }

  /** Done, the newest dialog first. */
  async saveDialog(): Promise<void> {
    await this.#closeBy(this.page.locator('#node-config-dialog-ok:visible, #node-dialog-ok:visible').last());
  }

  async cancelDialog(): Promise<void> {
    await this.#closeBy(this.page.locator('#node-config-dialog-cancel:visible, #node-dialog-cancel:visible').last());
  }

  /** Ids of every node and configuration node of this type in the editor. */
  idsOf(type: string): Promise<string[]> {
    return this.page.evaluate(wanted => {
      const ids: string[] = [];
      const note = (node: { id: string; type: string }) => {
        if (node.type === wanted) ids.push(node.id);
      };
      window.RED.nodes.eachNode(note);
      window.RED.nodes.eachConfig(note);
      return ids;
    }, type);
  }

  /** What the editor holds of a node, by property. */
  held(id: string, names: string[]): Promise<Record<string, unknown>> {
    return this.page.evaluate(
      ([nodeId, wanted]) => {
        const node = window.RED.nodes.node(nodeId);
        return Object.fromEntries(wanted.map(name => [name, node && Reflect.get(node, name)]));
      },
      [id, names] as const,
    );
  }

  /** Types of the nodes that the editor marks with a red triangle. */
  invalid(): Promise<string[]> {
    return this.page.evaluate(() => {
      const types: string[] = [];
      window.RED.nodes.eachNode(node => {
        if (!node.valid) types.push(`${node.type} ${node.id}`);
      });
      return types;
    });
  }

  help(type: string): Promise<string> {
    return this.page.evaluate(name => window.RED.nodes.getNodeHelp(name), type);
  }

  async deploy(): Promise<void> {
    const answered = this.page.waitForResponse(
      response => response.url().endsWith('/flows') && response.request().method() === 'POST',
    );
    await this.page.click('#red-ui-header-button-deploy');
    assert.equal((await answered).status() < 300, true, 'deploy was refused');
    await this.page.waitForFunction(() => !window.RED.nodes.dirty());
  }

  async picture(name: string): Promise<string> {
    const path = join(pictureFolder(), `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  assertNoPageErrors(): void {
    assert.deepEqual(this.pageErrors, []);
  }

  /** As it was when it was opened: no dialog, no box, nothing that is not deployed. */
  async assertUntouched(): Promise<void> {
    this.assertNoPageErrors();
    const left = await this.page.evaluate(() => {
      const open = document.querySelectorAll('.red-ui-tray, .ui-dialog:not([style*="none"])');
      return [...[...open].map(({ className }) => className), ...(window.RED.nodes.dirty() ? ['a change'] : [])];
    });
    assert.deepEqual(left, []);
  }

  /** Notices lie over the canvas and swallow clicks. */
  async noticesGone(): Promise<void> {
    await this.page.waitForFunction(() => {
      const notices = document.querySelectorAll<HTMLElement>('.red-ui-notification:not([style*="none"])');
      for (const notice of notices) notice.click(); // else they stay for five seconds
      return notices.length === 0;
    });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  /** A second example brings configuration nodes that are there already; the editor asks what to do. */
  async #importCopyIfAsked(): Promise<void> {
    const notice = this.page.locator('.red-ui-notification:visible');
    await notice.first().waitFor();
    const copy = notice.getByRole('button', { name: 'Import copy' });
    if (await copy.count()) await copy.click();
  }

  async #closeBy(button: ReturnType<Page['locator']>): Promise<void> {
    const before = await this.page.locator('.red-ui-tray').count();
    await button.click();
    await this.page.waitForFunction(count => document.querySelectorAll('.red-ui-tray').length < count, before);
  }

  /** The tray slides in, and last of all gets the focus; a picture, a click or a key before that would be of nothing. */
  async #trayStill(): Promise<void> {
    await this.page.waitForFunction(() => {
      const trays = document.querySelectorAll('.red-ui-tray');
      const tray = trays[trays.length - 1];
      if (!tray?.contains(document.activeElement)) return false;
      const { right } = tray.getBoundingClientRect();
      const still = tray.getAttribute('data-test-right') === String(right);
      tray.setAttribute('data-test-right', String(right));
      return still;
    });
  }
}
