/** A node's texts: its own, and those of the groups of rows that its dialog shows. */
import { readFileSync } from 'node:fs';
import { at, readJson } from '../lib/paths.mjs';
import { groupsIn } from './rows.mjs';

/** The catalogue of a node as Node-RED reads it; a node's own text comes before that of a group. */
export function catalogueOf(type, language) {
  const groups = groupsIn(readFileSync(at('nodes', type, `${type}.html`), 'utf8'));
  const files = groups.map(group => at('editor', 'rows', 'locales', language, `${group}.json`));
  return [...files, at('nodes', type, 'locales', language, `${type}.json`)].map(readJson).reduce(merged, {});
}

function merged(before, after) {
  const both = Object.entries(after).map(([key, value]) => {
    const isDeeper = typeof value === 'object' && typeof before[key] === 'object';
    return [key, isDeeper ? merged(before[key], value) : value];
  });
  return { ...before, ...Object.fromEntries(both) };
}
