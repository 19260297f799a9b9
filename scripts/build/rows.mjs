/** Dialogs are written in rows. `<!-- row typed name="planId" icon="hashtag" -->` is one field, `<!-- rows poll-schedule -->` the
 *  fields of editor/rows/poll-schedule.html, and `// settings poll-schedule` in `defaults` what these fields save. Here they become
 *  what Node-RED and the flow library read. */
import { existsSync, readFileSync } from 'node:fs';
import { at } from '../lib/paths.mjs';
import { fail } from '../lib/say.mjs';
import { checkHtml, rowHtml } from './row-kinds.mjs';
import { catalogueOf } from './texts.mjs';

/** The html of a node's dialog, complete. Fails with file, line and what is wrong. */
export function formHtml(type) {
  const file = `nodes/${type}/${type}.html`;
  const { hint = {} } = catalogueOf(type, 'en-US');
  return expandForm(readFileSync(at(file), 'utf8'), file, Object.keys(hint));
}

/** `html` with its rows and settings expanded; `file` is what a failure names, `hints` the fields that the catalogue has a line
 *  of help for (`hint.<name>`). */
export function expandForm(html, file, hints = []) {
  const prefix = /\bcategory: 'config'/.test(html) ? 'node-config-input-' : 'node-input-';
  const place = { file, prefix, hints, line: 1 };
  const expanded = expandLines(html, place);
  // What the dialog does not show is a hidden field, so that Node-RED saves it with what is shown.
  const saved = /^ {4}settingsVersion: /m.test(expanded)
    ? `$&\n  <input type="hidden" id="${prefix}settingsVersion">`
    : '$&';
  return expanded.replace(/<script type="text\/html" data-template-name="[^"]*">/, saved);
}

function expandLines(text, { line: first, ...place }) {
  const folds = [];
  const lines = text.split('\n').map((line, index) => expandLine(line, { ...place, line: first + index }, folds));
  if (folds.length > 0) wrong(folds[0], 'this fold has no <!-- end fold -->');
  return lines.join('\n');
}

const anyMacro = /<!--\s*(?:rows?|fold|end fold|check)\b/;

function expandLine(line, place, folds) {
  const macro = /^(\s*)(?:<!-- (rows?|fold|end fold|check)(?: (.*))? -->|\/\/ (settings) (.*))$/.exec(line);
  if (!macro) {
    if (anyMacro.test(line)) wrong(place, 'a row stands alone in its line, as <!-- row kind name="…" -->');
    return line;
  }
  const [, indent, word, told = '', settings, of = ''] = macro;
  if (settings) return groupSettings(of, place);
  const made = {
    rows: () => groupRows(told, place),
    row: () => rowHtml(attributesOf(told, place), place),
    fold: () => foldHtml(told, place, folds),
    'end fold': () => endOfFold(place, folds),
    check: () => checkHtml(place),
  };
  return made[word]()
    .map(part => indent + part)
    .join('\n');
}

const shared = '@wap-billing/node-red-wap-billing/wap-billing';

/** What follows is folded away, unless a value in it is not the preset. `advanced`, or another key of `fold` among the shared texts. */
function foldHtml(title, place, folds) {
  if (!/^[a-z]+$/.test(title)) wrong(place, 'a fold has one word for its title: <!-- fold advanced -->');
  folds.push(place);
  return ['<details class="wap-billing-fold">', `  <summary data-i18n="${shared}:fold.${title}"></summary>`];
}

function endOfFold(place, folds) {
  if (!folds.pop()) wrong(place, 'there is no <!-- fold … --> before it');
  return ['</details>'];
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
  return expandLines(rows, { ...place, file, line: first }).split('\n');
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
