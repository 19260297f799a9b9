/** Dialogs are written in rows. `<!-- row typed name="planId" icon="hashtag" -->` is one field, `<!-- rows poll-schedule -->` the
 *  fields of editor/rows/poll-schedule.html, and `// settings poll-schedule` in `defaults` what these fields save. Here they become
 *  what Node-RED and the flow library read. */
import { existsSync, readFileSync } from 'node:fs';
import { at } from '../lib/paths.mjs';
import { fail } from '../lib/say.mjs';
import { rowHtml } from './row-kinds.mjs';

/** The html of a node's dialog, complete. Fails with file, line and what is wrong. */
export function formHtml(type) {
  const file = `nodes/${type}/${type}.html`;
  return expandForm(readFileSync(at(file), 'utf8'), file);
}

/** `html` with its rows and settings expanded; `file` is what a failure names. */
export function expandForm(html, file) {
  const prefix = /\bcategory: 'config'/.test(html) ? 'node-config-input-' : 'node-input-';
  return expandLines(html, { file, prefix, first: 1 });
}

/** The groups whose rows `html` shows. */
export const groupsIn = html => [...html.matchAll(/<!-- rows ([\w-]+) -->/g)].map(([, name]) => name);

function expandLines(text, { file, prefix, first }) {
  const lines = text.split('\n').map((line, index) => expandLine(line, { file, prefix, line: first + index }));
  return lines.join('\n');
}

function expandLine(line, place) {
  const macro = /^(\s*)(?:<!-- (rows?) (.*) -->|\/\/ (settings) (.*))$/.exec(line);
  if (!macro) {
    if (/<!--\s*rows?\b/.test(line)) wrong(place, 'a row stands alone in its line, as <!-- row kind name="…" -->');
    return line;
  }
  const [, indent, rows, told = '', settings, of = ''] = macro;
  if (settings) return groupSettings(of, place);
  if (rows === 'rows') return groupRows(told, place);
  return rowHtml(attributesOf(told, place), place)
    .map(part => indent + part)
    .join('\n');
}

/** `poll-reading pageSize="1000"`: what the fields of that group save, with a preset of this node's own. */
function groupSettings(told, place) {
  const { kind: name, ...presets } = attributesOf(told, place);
  return Object.entries(presets).reduce((settings, [setting, preset]) => {
    const given = new RegExp(`(^ *${setting}: \\{ value: )'[^']*'`, 'm');
    if (!given.test(settings)) wrong(place, `group ${name} has no setting ${setting} with a text as its preset`);
    return settings.replace(given, (_all, before) => `${before}'${preset}'`);
  }, groupOf(name, place).settings);
}

function groupRows(name, place) {
  const { rows, first, file } = groupOf(name, place);
  return expandLines(rows, { ...place, file, first });
}

const groupFile = /^<settings>\n([\s\S]*?)\n<\/settings>\n([\s\S]*?)\n$/;

/** A group's file: what is saved within `<settings>`, then its rows. */
function groupOf(name, place) {
  const file = `editor/rows/${name}.html`;
  if (!existsSync(at(file))) wrong(place, `there is no group of rows ${file}`);
  const [whole, settings, rows] = groupFile.exec(readFileSync(at(file), 'utf8')) ?? [];
  if (whole === undefined)
    wrong({ file, line: 1 }, 'it begins with <settings>, </settings> in lines of their own, then come rows');
  return { file, settings, rows, first: settings.split('\n').length + 3 };
}

/** `typed name="planId" icon="hashtag"` as { kind, name, icon }. */
function attributesOf(text, place) {
  const [, kind, rest] = /^([a-z-]+)((?: [a-zA-Z]+="[^"]*")*)$/.exec(text) ?? [];
  if (kind === undefined) wrong(place, `cannot read "${text}": it is a kind, then attributes as name="planId"`);
  const pairs = [...rest.matchAll(/ ([a-zA-Z]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]);
  return { kind, ...Object.fromEntries(pairs) };
}

export function wrong({ file, line }, what) {
  fail(`Build: ${file}:${line}: ${what}`);
}
