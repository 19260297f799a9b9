import type { Definition, EditorNode } from './red';

const prepared = new WeakSet<Definition>();

/** Flows that an older version saved lack what is new in a dialog. Node-RED shows such a field empty, and saving the dialog
 *  would then change what the node does: it is shown with what the node takes, which is the preset. */
export function fillWhatOlderFlowsLack(definition: Definition): void {
  if (prepared.has(definition)) return;
  prepared.add(definition);
  const { category, defaults = {}, oneditprepare } = definition;
  const prefix = category === 'config' ? '#node-config-input-' : '#node-input-';
  definition.oneditprepare = function (this: EditorNode) {
    for (const [name, { value }] of Object.entries(defaults)) {
      if (this[name] === undefined) fill($(`${prefix}${name}`), value);
    }
    oneditprepare?.call(this);
  };
}

function fill(field: JQuery, preset: unknown): void {
  if (field.attr('type') === 'checkbox') field.prop('checked', preset === true);
  else field.val(String(preset ?? ''));
}
