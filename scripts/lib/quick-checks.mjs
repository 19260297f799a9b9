/** What is known of the sources without running them: by name, the arguments of this Node. */
import { tools } from './children.mjs';
import { at } from './paths.mjs';

export const quickChecks = {
  lint: [tools.biome, 'check', '--error-on-warnings', '.'],
  types: [tools.tsc, '-p', 'tsconfig.json'],
  'types of the editor': [tools.tsc, '-p', 'tsconfig.editor.json'],
  documents: [at('scripts', 'docs.mjs'), '--check'],
  spelling: [
    ...[tools.cspell, 'lint', '--no-progress', '--no-summary'],
    ...['--cache', '--cache-strategy', 'content', '--cache-location', at('.tmp', 'cspell'), '.'],
  ],
  'dead code': [tools.knip],
};
