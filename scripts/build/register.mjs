/** Rewrites the `node-red` section of package.json and leaves every other character as it is. */
import { readFileSync, writeFileSync } from 'node:fs';
import { at } from '../lib/paths.mjs';
import { fail } from '../lib/say.mjs';
import { wantedRegistration } from './parts.mjs';

export function register() {
  const file = at('package.json');
  const text = readFileSync(file, 'utf8');
  const manifest = JSON.parse(text);
  const section = /^ {2}"node-red": \{[\s\S]*?\n? {0,2}\}(?=,\n {2}"dependencies")/m;
  if (!section.test(text)) fail('Build: package.json has no "node-red" section before its "dependencies"');
  const wanted = { ...manifest['node-red'], ...wantedRegistration() };
  const lines = JSON.stringify(wanted, null, 2).replaceAll('\n', '\n  ');
  writeFileSync(file, text.replace(section, `  "node-red": ${lines}`));
}
