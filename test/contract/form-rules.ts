/** What has to agree in a node's dialog, its texts and its help. Each rule answers with the breaches it found. */
import { currentVersion } from '../../lib/settings-version';
import type { Form } from './form';

/** Their meaning is the same in every dialog, and Node-RED explains them. */
const selfExplaining = new Set(['name', 'connection', 'billing', 'state']);

function inputIds(template: string): Set<string> {
  return new Set([...template.matchAll(/\bid="node-(?:config-)?input-([A-Za-z]+)/g)].map(match => match[1] ?? ''));
}

export function defaultsAgainstTemplate({ definition, template }: Form): string[] {
  const saved = new Set([...Object.keys(definition.defaults), ...Object.keys(definition.credentials ?? {})]);
  const shown = inputIds(template);
  return [
    ...[...saved].filter(name => !shown.has(name)).map(name => `${name} is saved but has no input in the dialog`),
    ...[...shown].filter(name => !saved.has(name)).map(name => `the dialog has an input ${name} that is not saved`),
  ];
}

/** A field is found in the help by its label, or by where its value comes from (`wap.plan.Id`). */
export function fieldsAgainstHelp({ definition, template }: Form, texts: Map<string, string>, help: string): string[] {
  const page = help.toLowerCase().replace(/\s+/g, ' ');
  return labels(template)
    .filter(({ field }) => !selfExplaining.has(field))
    .filter(({ field, key }) => {
      const label = (texts.get(key) ?? key).replace(/\s*\(.*?\)\s*/g, ' ').trim();
      const from = definition.defaults[field]?.value;
      return !page.includes(label.toLowerCase()) && !(from && page.includes(String(from).toLowerCase()));
    })
    .map(({ field, key }) => `the help does not mention "${texts.get(key)}" (${field})`);
}

/** Choices say what they mean in their words; these in their label. */
const plain =
  /^(name|connection|billing|state|kind|everySeconds|user|password|feed\w+|only\w+|dryRun|allowAddOns|services|links|advertisements|quotas|replaceQuotas|removeOthers|rules|table|mappingKind|usagePassword|templates)$/;

export function fieldsWithoutHint({ definition, template }: Form): string[] {
  const hinted = new Set([...template.matchAll(/data-i18n="hint\.(\w+)"/g)].map(([, name]) => name));
  const chosen = new Set([...template.matchAll(/<select id="node-(?:config-)?input-(\w+)"/g)].map(([, name]) => name));
  return labels(template)
    .map(({ field }) => field)
    .filter(field => field in definition.defaults && !hinted.has(field) && !chosen.has(field) && !plain.test(field))
    .filter(field => !definition.defaults[field]?.type)
    .map(field => `hint.${field} is missing in the catalogue: one line that says what it is for`);
}

/** A node is saved with the number by which its settings are known later. */
export function savedVersion({ type, definition }: Form): string[] {
  const saved = definition.defaults.settingsVersion?.value;
  const current = String(currentVersion(type));
  return saved === current ? [] : [`settingsVersion is ${saved}; by its migrations it is ${current}`];
}

const headings: Record<string, string[]> = {
  'en-US': ['Properties', 'Inputs', 'Outputs', 'Details', 'References', 'Try it'],
  'es-ES': ['Propiedades', 'Entradas', 'Salidas', 'Detalles', 'Referencias', 'Pruébelo'],
};

/** The house order of a help: one sentence of effect, then these headings, as far as the node has them. */
export function helpOrder(help: string, language: string): string[] {
  const [, first = '', ...rest] = help.split('\n');
  const found = rest.flatMap(line => /^### (.*)$/.exec(line)?.[1] ?? []);
  const wanted = (headings[language] ?? []).filter(heading => found.includes(heading));
  return [
    ...(/^[A-ZÁÉÍÓÚ]/.test(first) ? [] : ['the help does not begin with what the node does']),
    ...(found.join() === wanted.join() && wanted.length > 1 ? [] : [`the headings are ${found.join(', ')}`]),
  ];
}

/** A help ends with an example that is there, and with a message as JSON for a node that takes one. */
export function tryIt(help: string, language: string, examples: readonly string[], takesMessages: boolean): string[] {
  const [, section = ''] = help.split(`\n### ${headings[language]?.at(-1)}\n`);
  const example = /\*\*(.+?)\*\*/.exec(section)?.[1] ?? '';
  const message = /```json\n(.*)\n```/s.exec(section)?.[1];
  const isReady = message !== undefined && /^\{.*\}$/s.test(message) && isJson(message);
  return [
    ...(section === '' ? ['the help does not end with how to try it'] : []),
    ...(examples.includes(example) ? [] : [`the help names the example "${example}", which is not there`]),
    ...(isReady || !takesMessages ? [] : ['the help has no ready message']),
  ];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function labels(template: string): Array<{ field: string; key: string }> {
  const pattern = /<label for="node-(?:config-)?input-([A-Za-z]+)[^"]*"[^>]*>[\s\S]*?data-i18n="([^"]+)"/g;
  return [...template.matchAll(pattern)].map(([, field = '', key = '']) => ({ field, key }));
}

/** Keys that the html or the runtime names must be in the catalogue, and every key of it must be named somewhere. */
export function textsAgainstUse({ script, template }: Form, texts: Map<string, string>, runtime: string): string[] {
  const ofTemplate = [...template.matchAll(/data-i18n="([^"]+)"/g)].flatMap(([, value = '']) =>
    value.split(';').map(part => part.replace(/^\[\w+\]/, '')),
  );
  const ofScript = [...script.matchAll(/\b_\(\s*'([^']+)'\s*[,)]/g)].map(([, key = '']) => key);
  const ofPalette = [...script.matchAll(/\bcategory: '(?!config')(\w+)'/g)].map(([, name]) => `palette.label.${name}`);
  const named = [...ofTemplate, ...ofScript, ...ofPalette].filter(key => !key.includes(':'));
  const quoted = new Set([...`${script}\n${runtime}`.matchAll(/['"`]([\w.]+)/g)].map(([, text = '']) => text));
  const isNamed = (key: string) =>
    named.includes(key) || [...quoted].some(text => text === key || (text.endsWith('.') && key.startsWith(text)));
  return [
    ...named.filter(key => !texts.has(key)).map(key => `text ${key} is used but not in the catalogue`),
    ...[...texts.keys()].filter(key => !isNamed(key)).map(key => `text ${key} is in the catalogue but not used`),
  ];
}

const secretName = /password|secret|token$|apikey|privatekey/i;

export function secrets({ definition }: Form): string[] {
  const open = Object.entries(definition.credentials ?? {}).filter(
    ([name, { type }]) => secretName.test(name) && type !== 'password',
  );
  // A delivery's token comes with the message: no secret, and nothing of it is saved.
  const isFromMessage = (name: string) => definition.defaults[`${name}Type`]?.value === 'msg';
  const plain = Object.keys(definition.defaults)
    .filter(name => secretName.test(name) && !/(Env|Type)$/.test(name))
    .filter(name => !isFromMessage(name));
  return [
    ...open.map(([name]) => `credential ${name} is sent back to the editor: make it a password`),
    ...plain.map(name => `${name} is saved in the flow: make it a credential`),
  ];
}

export function outputLabels({ definition }: Form, texts: Map<string, string>): string[] {
  const count = definition.outputs ?? 0;
  const { outputLabels: given } = definition;
  const presets = Object.entries(definition.defaults).map(([name, { value }]) => [name, value]);
  const self = { ...Object.fromEntries(presets), _: (key: string) => texts.get(key) ?? '' };
  const label = (index: number) => {
    if (typeof given === 'function') return given.call(self, index);
    return Array.isArray(given) ? given[index] : given;
  };
  const found = Array.from({ length: count }, (_none, index) => label(index) ?? '');
  const missing = found.flatMap((text, index) => (text === '' ? [`output ${index + 1} has no label`] : []));
  return new Set(found).size < found.length && missing.length === 0 ? ['two outputs have the same label'] : missing;
}

const hexColour = /#(?:[0-9a-f]{3}|[0-9a-f]{6})\b(?!-)/gi;

/** The palette's colour is a property of the node; all else follows the theme. */
export function colours({ script, template }: Form): string[] {
  const all = [...template.matchAll(hexColour), ...script.replace(/\bcolor: '[^']*'/, '').matchAll(hexColour)];
  return all.map(([colour]) => `colour ${colour} in the dialog; use var(--red-ui-…)`);
}

const reserved = new Set([
  'type',
  'id',
  'wires',
  'users',
  'valid',
  'inputLabels',
  'outputLabels',
  'selected',
  'moved',
  'changed',
]);

export function registrations({ type, registeredAs, definition, literals }: Form): string[] {
  const parts = [
    'defaults',
    'category',
    ...(definition.category === 'config' ? [] : ['color', 'icon', 'inputs', 'outputs']),
  ];
  const names = Object.keys(definition.defaults).filter(name => name.length === 1 || reserved.has(name));
  return [
    ...(registeredAs === type ? [] : [`registerType's first argument is not the literal '${type}'`]),
    ...parts.filter(part => !literals.has(part)).map(part => `${part} is not written as a literal`),
    ...names.map(name => `property ${name} is Node-RED's own`),
  ];
}
