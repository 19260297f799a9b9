/** The parts of Node-RED's editor that the dialogs use. */
export interface Editor {
  _(key: string, values?: Record<string, unknown>): string;
  notify(text: string, options?: { type?: string; timeout?: number }): void;
  events: { on(event: 'registry:node-type-added', listener: (type: string) => void): void };
  nodes: {
    node(id: string): EditorNode | null;
    getType(type: string): Definition | undefined;
    registry: { getNodeTypes(): string[] };
  };
  editor: { editExpression(options: { value: string; complete(value: string): void }): void };
  i18n: { loadNodeCatalog(namespace: string, done: () => void): void };
  validators: { typedInput(options: { typeField: string; allowBlank?: boolean }): TypedValidator };
}

/** How a type is registered. */
export interface Definition {
  category?: string;
  set?: { module?: string };
  defaults?: Record<string, { value?: unknown }>;
  oneditprepare?(this: EditorNode): void;
}

type TypedValidator = (this: EditorNode, value: unknown, options?: { label?: string }) => boolean | string;

/** A node as the editor holds it: its saved properties beside the editor's own. */
export interface EditorNode {
  id: string;
  [property: string]: unknown;
}

declare global {
  const RED: Editor;
  interface Window {
    /** What the dialogs share, once it is there. */
    wapBilling?: object;
  }
  interface JQuery {
    /** Node-RED's own widget. */
    autoComplete(options: { search: unknown; minLength: number }): this;
  }
}

/** Where the texts of this plugin live. */
const module = '@wap-billing/node-red-wap-billing';
const namespace = `${module}/wap-billing`;

export const say = (key: string, values: Record<string, unknown> = {}): string => RED._(`${namespace}:${key}`, values);

export const isOurs = ({ set }: Definition): boolean => set?.module === module;
