import type { Definition, EditorNode } from './red';

/** The dialog that is being prepared. */
export interface Dialog {
  node: EditorNode;
  definition: Definition;
  /** `#node-input-` or `#node-config-input-`. */
  prefix: string;
  form: JQuery;
}

const prefixOf = ({ category }: Definition): string => (category === 'config' ? '#node-config-input-' : '#node-input-');

export function dialogOf(node: EditorNode, definition: Definition): Dialog {
  const prefix = prefixOf(definition);
  return { node, definition, prefix, form: $(`${prefix}name`).closest('form') };
}

/** What a select of configuration nodes holds when none is chosen. */
export const noneChosen = '_ADD_';

/** What a field would save, or `undefined` when the dialog has none of that name. */
export function valueIn(field: JQuery): unknown {
  if (field.length === 0) return undefined;
  if (field.is(':checkbox')) return field.prop('checked');
  const value = field.val();
  return value === noneChosen ? '' : value;
}

/** The node as it would be if the dialog was closed by Done now. */
export function shownIn({ node, definition: { defaults = {} }, prefix }: Dialog): EditorNode {
  const shown = Object.keys(defaults).map(name => [name, valueIn($(`${prefix}${name}`)) ?? node[name]]);
  return { ...node, ...Object.fromEntries(shown) };
}
