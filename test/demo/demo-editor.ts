/** The demo's editor as its user sees it: buttons, the debug sidebar, the status under each node. */
import type { Browser, Page } from 'playwright-core';
import { openEditor } from '../harness/editor';
import { until } from '../harness/until';

interface DebugMessage {
  name: string;
  property?: string;
  msg: string;
}

interface Status {
  node: string;
  text: string;
  fill: string;
}

interface CanvasNode {
  id: string;
  type: string;
  name: string;
  z: string;
}

interface Editing {
  nodes: { eachNode(visit: (node: CanvasNode) => void): void; node(id: string): CanvasNode | null };
  comms: { subscribe(topic: string, handle: (topic: string, message: unknown) => void): void };
  workspaces: { show(id: string): void };
}

declare global {
  function noteDebug(message: DebugMessage): void;
  function noteStatus(status: Status): void;
}

export interface DemoEditor {
  page: Page;
  /** Names of all inject nodes, tab by tab. */
  buttons: string[];
  press(name: string): Promise<void>;
  /** Waits until the debug node of this name has shown a message `count` times since the editor was opened. */
  said(name: string, count?: number): Promise<void>;
  /** What came out of Catch nodes. */
  failures(): Array<{ name: string; message: string }>;
  /** Nodes of this package that were red for a moment. */
  red(): string[];
  close(): Promise<void>;
}

export async function openDemoEditor(browser: Browser, url: string): Promise<DemoEditor> {
  const editor = await openEditor(browser, url, { types: ['wap-plan-create'] });
  const { page } = editor;
  const debugs: DebugMessage[] = [];
  const statuses: Status[] = [];
  await page.exposeFunction('noteDebug', (message: DebugMessage) => debugs.push(message));
  await page.exposeFunction('noteStatus', (status: Status) => statuses.push(status));
  await page.evaluate(() => {
    const { comms, nodes } = window.RED as unknown as Editing;
    comms.subscribe('debug', (_topic, message) => noteDebug(message as DebugMessage));
    comms.subscribe('status/#', (topic, message) => {
      const node = nodes.node(topic.slice('status/'.length));
      const { text = '', fill = '' } = message as Partial<Status>;
      if (node && node.type !== 'debug') noteStatus({ node: `${node.type} "${node.name}"`, text, fill });
    });
  });
  const injects = await page.evaluate(() => {
    const found: CanvasNode[] = [];
    (window.RED as unknown as Editing).nodes.eachNode(({ id, type, name, z }) => {
      if (type === 'inject') found.push({ id, type, name, z });
    });
    return found;
  });
  const count = (name: string) => debugs.filter(message => message.name === name).length;
  return {
    page,
    buttons: injects.map(({ name }) => name),
    async press(name) {
      const node = injects.find(each => each.name === name);
      if (!node) throw new Error(`no inject node "${name}"`);
      await page.evaluate(tab => (window.RED as unknown as Editing).workspaces.show(tab), node.z);
      // Not by the mouse: notices of earlier presses lie over the canvas and swallow clicks.
      await page.locator(`[id="${node.id}"] .red-ui-flow-node-button-button`).dispatchEvent('click');
    },
    async said(name, wanted = 1) {
      await until(`"${name}" in the debug sidebar`, () => count(name) >= wanted, 30_000);
    },
    failures: () =>
      debugs.filter(({ property }) => property === 'error.message').map(({ name, msg }) => ({ name, message: msg })),
    red: () => statuses.filter(({ fill }) => fill === 'red').map(({ node, text }) => `${node}: ${text}`),
    close: () => editor.close(),
  };
}
