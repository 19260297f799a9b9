import { currentVersion, type Settings, upToDate } from '../lib/settings-version';
import { type Dialog, dialogOf } from './form';
import { showEnvironment } from './from-environment';
import { showTheOnlyOnes, takeTheOnlyOnes } from './only-one';
import { showReasons, unfoldWhereNeeded } from './reasons';
import type { Definition, EditorNode } from './red';

const prepared = new WeakSet<Definition>();

/** What every dialog of ours does besides what its own script says. */
export function prepare(type: string, definition: Definition): void {
  if (prepared.has(definition)) return;
  prepared.add(definition);
  nameFields(definition);
  const { oneditprepare } = definition;
  definition.onadd = function (this: EditorNode) {
    takeTheOnlyOnes(this, definition);
  };
  definition.oneditprepare = function (this: EditorNode) {
    const dialog = dialogOf(this, definition);
    keepOtherWords(dialog);
    fillWhatOlderFlowsLack(type, dialog);
    showTheOnlyOnes(dialog);
    oneditprepare?.call(this);
    showEnvironment(dialog);
    showReasons(dialog);
    unfoldWhereNeeded(dialog);
  };
}

/** Reasons of the red triangle name a field as its dialog does. */
function nameFields(definition: Definition): void {
  for (const [name, rule] of Object.entries(definition.defaults ?? {})) {
    const text = definition._?.(`label.${name}`) ?? '';
    if (text !== '' && !text.endsWith(`label.${name}`)) rule.label = text;
  }
}

/** Flows that an older version saved lack what is new in a dialog, or have it otherwise. Node-RED shows them as they were
 *  saved, and saving the dialog would then change what the node does: it is shown with what the node takes, and saved so. */
function fillWhatOlderFlowsLack(type: string, { node, definition: { defaults = {} }, prefix }: Dialog): void {
  const after = current(type, node);
  for (const [name, { value: preset }] of Object.entries(defaults)) {
    if (name === 'settingsVersion')
      fill($(`${prefix}${name}`), Math.max(currentVersion(type), Number(node[name] ?? 0)));
    else if (after[name] !== node[name]) fill($(`${prefix}${name}`), after[name]);
    else if (node[name] === undefined) fill($(`${prefix}${name}`), preset);
  }
}

/** A choice may have been saved with a word that the dialog does not offer, such as `${KIND}`: it is offered then, so that saving
 *  the dialog leaves it. */
function keepOtherWords({ node, definition: { defaults = {} }, prefix }: Dialog): void {
  for (const [name, { type }] of Object.entries(defaults)) {
    const select = $(`select${prefix}${name}`);
    const word = String(node[name] ?? '');
    const offered = select.find('option').get();
    if (type || word === '' || offered.length === 0) continue;
    if (offered.some(option => $(option).val() === word)) continue;
    select.append(new Option(word, word)).val(word);
  }
}

/** What a newer version of the package saved stays as it is. */
function current(type: string, node: EditorNode): Settings {
  try {
    return upToDate(type, node);
  } catch {
    return node;
  }
}

function fill(field: JQuery, value: unknown): void {
  if (field.attr('type') === 'checkbox') field.prop('checked', value === true);
  else field.val(String(value ?? ''));
}
