import type { FlowPiece } from '../lib/billing/offer-maker';

/** The parts of Node-RED's editor that the dialogs use. */
export interface Editor {
  _(key: string, values?: Record<string, unknown>): string;
  /** A text is html. */
  notify(text: string | JQuery, options?: { type?: string; timeout?: number; fixed?: boolean }): { close(): void };
  events: {
    on(event: 'registry:node-type-added' | 'deploy' | 'nodes:add', listener: (type: string) => void): void;
    on(event: 'workspace:dirty', listener: (state: { dirty: boolean }) => void): void;
  };
  nodes: {
    node(id: string): EditorNode | null;
    getType(type: string): Definition | undefined;
    eachConfig(visit: (node: EditorNode) => void): void;
    /** All flows, as they would be deployed. */
    createCompleteNodeSet(): SavedPiece[];
    /** All flows as they were loaded or deployed last. */
    originalFlow(): SavedPiece[] | null;
    filterNodes(filter: { type: string }): EditorNode[];
    filterLinks(filter: { target: EditorNode }): Array<{ source: EditorNode }>;
    registry: { getNodeTypes(): string[] };
  };
  editor: {
    editExpression(options: { value: string; complete(value: string): void }): void;
    editConfig(property: string, type: string, id: string): void;
  };
  view: { reveal(id: string): void; importNodes(nodes: object[], options: object): void };
  workspaces: { show(id: string): void };
  utils: { getNodeLabel(node: object, otherwise?: string): string };
  i18n: { loadNodeCatalog(namespace: string, done: () => void): void; lang(): string };
  plugins: { registerPlugin(id: string, plugin: { onadd(): void }): void };
  actions: { add(name: string, go: (...given: unknown[]) => void): void; invoke(name: string): void };
  comms: { subscribe(topic: string, heard: (topic: string, content: unknown) => void): void };
  user: { hasPermission(permission: string): boolean };
  sidebar: {
    addTab(tab: SidebarTab): void;
    show(id: string): void;
  };
  tourGuide: { run(address: string): void };
  tray: { show(tray: Tray): void; close(): void };
  validators: { typedInput(options: { typeField: string; allowBlank?: boolean }): TypedValidator };
}

/** A node, tab or group as it is saved. */
export type SavedPiece = FlowPiece & { z?: string; d?: boolean; disabled?: boolean };

interface DialogOptions {
  modal: boolean;
  width: number;
  title: string;
  classes: Record<string, string>;
  buttons: Array<{ text: string; class?: string; click(): void }>;
  close(): void;
}

interface SidebarTab {
  id: string;
  label: string;
  name: string;
  iconClass: string;
  content: JQuery;
  toolbar?: JQuery;
  enableOnEdit: boolean;
  action: string;
}

interface Tray {
  title: string;
  width: number;
  buttons: Array<{ id: string; text: string; class?: string; click(): void }>;
  open(tray: JQuery): void;
  close(): void;
}

/** A saved property as a type registers it. */
export interface Rule {
  value?: unknown;
  /** The type of configuration node that it names. */
  type?: string;
  required?: boolean;
  /** How Node-RED calls it in reasons. */
  label?: string;
  validate?(this: EditorNode, value: unknown, options: { label?: string }): unknown;
}

/** How a type is registered. */
export interface Definition {
  category?: string;
  set?: { module?: string };
  defaults?: Record<string, Rule>;
  credentials?: Record<string, { type: string }>;
  oneditprepare?(this: EditorNode): void;
  onadd?(this: EditorNode): void;
  /** A text of its catalogue; the key itself when there is none. */
  _?(key: string): string;
}

type TypedValidator = (this: EditorNode, value: unknown, options?: { label?: string }) => boolean | string;

/** A node as the editor holds it: its saved properties beside the editor's own. */
export interface EditorNode {
  id: string;
  type: string;
  [property: string]: unknown;
}

declare global {
  /** As Node-RED's editor has it: throws for what does not compile. */
  const jsonata: (expression: string) => unknown;
  const RED: Editor;
  interface Window {
    /** What the dialogs share, once it is there. */
    wapBilling?: object;
  }
  interface JQuery {
    /** Node-RED's own widget. */
    autoComplete(options: { search: unknown; minLength: number }): this;
    /** Of jQuery UI, which comes with Node-RED. */
    dialog(what: 'close' | 'destroy' | DialogOptions): this;
  }
}

/** Where the texts of this plugin live. */
export const module = '@wap-billing/node-red-wap-billing';
const namespace = `${module}/wap-billing`;

export const say = (key: string, values: Record<string, unknown> = {}): string => RED._(`${namespace}:${key}`, values);

export const isOurs = ({ set }: Definition): boolean => set?.module === module;

/** Calls back once this plugin's texts are there: where the plugin comes late, they come after it. */
export function catalogueReady(then: () => void): void {
  if (!say('desk.title').endsWith('desk.title')) then();
  else RED.i18n.loadNodeCatalog(namespace, then);
}
