import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dist, filesBelow } from '../lib/paths.mjs';

/** Takes away the declarations that no public type leads to: nine of ten, each a block on the user's disk. */
export function keepPublicTypes() {
  const kept = new Set();
  const keep = file => {
    if (kept.has(file)) return;
    kept.add(file);
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import|require)\s*\(?\s*['"](\.[^'"]*)['"]/g))
      keep(join(dirname(file), `${path}.d.ts`));
  };
  keep(join(dist, 'index.d.ts'));
  for (const file of filesBelow(dist)) if (file.endsWith('.d.ts') && !kept.has(file)) rmSync(file);
}
