/** A node's texts: its own, those of the groups of rows that its dialog shows, and the name of its group in the palette. */
import { existsSync, readFileSync } from 'node:fs';
import { at, readJson } from '../lib/paths.mjs';

/** The groups whose rows `html` shows. */
const groupsIn = html => [...html.matchAll(/<!-- rows ([\w-]+) -->/g)].map(([, name]) => name);

/** The catalogue of a node as Node-RED reads it; a node's own text comes before that of a group. */
export function catalogueOf(type, language) {
  const html = readFileSync(at('nodes', type, `${type}.html`), 'utf8');
  const named = groupsIn(html).map(group => at('editor', 'rows', 'locales', language, `${group}.json`));
  const files = named.filter(existsSync); // the build names a group that is not there, with its line
  const own = at('nodes', type, 'locales', language, `${type}.json`);
  return [...files, own].map(readJson).reduce(merged, paletteOf(html, language));
}

/** Node-RED takes a group's name from the catalogue of whichever node of the group it draws first. */
function paletteOf(html, language) {
  const category = /\bcategory: '(\w+)'/.exec(html)?.[1] ?? '';
  const name = readJson(at('editor', 'locales', language, 'palette.json')).palette.label[category];
  return name === undefined ? {} : { palette: { label: { [category]: name } } };
}

function merged(before, after) {
  const both = Object.entries(after).map(([key, value]) => {
    const isDeeper = typeof value === 'object' && typeof before[key] === 'object';
    return [key, isDeeper ? merged(before[key], value) : value];
  });
  return { ...before, ...Object.fromEntries(both) };
}
