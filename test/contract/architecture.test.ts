import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { filesOf, type Source } from './sources';

/** The arrows of docs/architecture.md: what a file of a room may import, as paths of this repository and packages. */
const arrows: Record<string, RegExp[]> = {
  nodes: [/^runtime\//, /^lib\//, /^node-red$/],
  runtime: [/^runtime\//, /^lib\//, /^node-red$/, /^node:/, /^express$/],
  lib: [
    /^lib\//,
    /^node:/,
    /^(axios|axios-retry|axios-ntlm|fast-xml-parser|big\.js|croner|jsonata|@photostructure\/sqlite)$/,
  ],
  simulator: [/^simulator\//, /^lib\/wap\/types$/, /^node:/, /^(express|fast-xml-parser)$/],
  // Dialogs read settings, rules for meters and quotas, and try them, as the nodes do; the desk shares the types of its answers.
  editor: [
    /^editor\//,
    /^lib\/(errors|settings-version)$/,
    /^lib\/usage\/meter\/(read-rules|rule|explain)$/,
    /^lib\/billing\/offer-maker$/,
    /^lib\/wap\/(types|configuration|quota-input)$/,
    /^lib\/desk\//,
    /^uplot$/,
  ],
};

const rooms = Object.keys(arrows);

describe('the arrows of the architecture', () => {
  for (const room of rooms) {
    it(`hold in ${room}/`, () => assert.deepEqual(filesOf(room, /\.ts$/).flatMap(breaches), []));
  }

  it('were checked on all of it', () => {
    const counts = Object.fromEntries(rooms.map(room => [room, filesOf(room, /\.ts$/).length]));
    for (const room of rooms) assert.ok((counts[room] ?? 0) >= 5, `only ${counts[room]} files were read in ${room}/`);
    const imports = filesOf('lib', /\.ts$/).flatMap(imported);
    assert.ok(imports.length > 100, `only ${imports.length} imports were read in lib/`);
  });

  it('are seen when they are broken', () => {
    const bad = {
      path: 'lib/usage/inbox.ts',
      text: "import { x } from '../../runtime/status';\nimport type { Node } from 'node-red';",
    };
    assert.deepEqual(breaches(bad), [
      'lib/usage/inbox.ts must not import runtime/status',
      'lib/usage/inbox.ts must not import node-red',
    ]);
    assert.deepEqual(
      breaches({ path: 'simulator/wap/read.ts', text: "const a = await import('../../lib/wap/client/read');" }).length,
      1,
    );
  });
});

function breaches(source: Source): string[] {
  const allowed = arrows[source.path.split('/')[0] ?? ''] ?? [];
  return imported(source)
    .filter(name => !allowed.some(pattern => pattern.test(name)))
    .map(name => `${source.path} must not import ${name}`);
}

/** Static, dynamic and `require` imports; relative ones as paths of the repository. */
function imported({ path, text }: Source): string[] {
  const pattern = /(?:^|[\s;}])(?:from|import|require)\s*\(?\s*(['"])([^'"]+)\1/gm;
  return [...text.matchAll(pattern)].map(([, , name = '']) =>
    name.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), name)) : name,
  );
}
