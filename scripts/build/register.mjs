/** Rewrites the keys of `node-red` in package.json and leaves every other character as it is. */
import { readFileSync, writeFileSync } from 'node:fs';
import { at } from '../lib/paths.mjs';
import { fail } from '../lib/say.mjs';
import { wantedRegistration } from './parts.mjs';

export function register() {
  const file = at('package.json');
  let text = readFileSync(file, 'utf8');
  const start = text.indexOf('"node-red": {');
  if (start < 0) fail('Build: package.json has no "node-red" section');
  for (const [section, entries] of Object.entries(wantedRegistration())) {
    const head = text.slice(0, start);
    const rest = text.slice(start).replace(new RegExp(`"${section}": \\{[^}]*\\}`), `"${section}": ${asText(entries)}`);
    text = head + rest;
  }
  writeFileSync(file, text);
}

function asText(entries) {
  const lines = Object.entries(entries).map(([key, path]) => `      ${JSON.stringify(key)}: ${JSON.stringify(path)}`);
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n    }`;
}
