/** A node's texts: its own, and those of the groups of rows that its dialog shows. */
import { existsSync, readFileSync } from 'node:fs';
import { at, readJson } from '../lib/paths.mjs';

/** The groups whose rows `html` shows. */
const groupsIn = html => [...html.matchAll(/<!-- rows ([\w-]+) -->/g)].map(([, name]) => name);

/** The catalogue of a node as Node-RED reads it; a node's own text comes before that of a group. */
export function catalogueOf(type, language) {
  const groups = groupsIn(readFileSync(at('nodes', type, `${type}.html`), 'utf8'));
  const named = groups.map(group => at('editor', 'rows', 'locales', language, `${group}.json`));
  const files = named.filter(existsSync); // the build names a group that is not there, with its line
  return [...files, at('nodes', type, 'locales', language, `${type}.json`)].map(readJson).reduce(merged, {});
}

function merged(before, after) {
  const both = Object.entries(after).map(([key, value]) => {
    const isDeeper = typeof value === 'object' && typeof before[key] === 'object';
    return [key, isDeeper ? merged(before[key], value) : value];
  });
  return { ...before, ...Object.fromEntries(both) };
}
