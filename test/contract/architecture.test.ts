import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { repository } from '../harness/repository';
import { circlesOf } from './circles';
import { filesOf, type Source } from './sources';

/** A row of the table "Rooms": a folder, or a file where one file has arrows of its own. */
interface Room {
  path: string;
  /** Rooms, files and packages; with `/` at the end everything below. */
  mayImport: string[];
}

const rooms = roomsOf(readFileSync(join(repository, 'docs/architecture.md'), 'utf8'));
const folders = ['nodes', 'runtime', 'lib', 'simulator', 'editor'];
const sources = folders.flatMap(folder => filesOf(folder, /\.ts$/));

describe('the arrows of docs/architecture.md', () => {
  for (const folder of folders) {
    it(`hold in ${folder}/`, () =>
      assert.deepEqual(sources.filter(({ path }) => path.startsWith(`${folder}/`)).flatMap(breaches), []));
  }

  it('go round in no circle', () => {
    const arrows = new Map(
      rooms.map(({ path, mayImport }) => [path, mayImport.flatMap(roomsOfEntry).filter(other => other !== path)]),
    );
    assert.deepEqual(circlesOf(arrows), []);
  });

  it('begin in rooms that there are, and every file is in one', () => {
    const used = new Set(sources.map(({ path }) => roomOf(path)?.path));
    assert.deepEqual(
      rooms.map(({ path }) => path).filter(path => !used.has(path)),
      [],
    );
    assert.deepEqual(
      sources.map(({ path }) => path).filter(path => !roomOf(path)),
      [],
    );
  });

  it('were checked on all of it', () => {
    for (const folder of folders) {
      const count = sources.filter(({ path }) => path.startsWith(`${folder}/`)).length;
      assert.ok(count >= 5, `only ${count} files were read in ${folder}/`);
    }
    const imports = sources.flatMap(imported);
    assert.ok(imports.length > 1000, `only ${imports.length} imports were read`);
  });

  it('are seen when they are broken', () => {
    const bad = {
      path: 'lib/state/tables/cursor.ts',
      text: "import { x } from '../../../runtime/status';\nimport type { Node } from 'node-red';\nimport '../sqlite/store';",
    };
    assert.deepEqual(breaches(bad), [
      'lib/state/tables/cursor.ts must not import runtime/status',
      'lib/state/tables/cursor.ts must not import node-red',
      'lib/state/tables/cursor.ts must not import lib/state/sqlite/store',
    ]);
    const late = { path: 'simulator/wap/read.ts', text: "const a = await import('../../lib/wap/client/read');" };
    assert.equal(breaches(late).length, 1);
  });
});

describe('the files', () => {
  it('import each other in no circle, types included', () => {
    const paths = new Set(sources.map(({ path }) => path));
    const fileOf = (name: string) => [`${name}.ts`, `${name}/index.ts`].find(path => paths.has(path));
    const graph = new Map(sources.map(source => [source.path, imported(source).flatMap(name => fileOf(name) ?? [])]));
    assert.deepEqual(circlesOf(graph), []);
  });
});

/** The rows of the table whose first column is the room and whose last one is what it may import, both in backticks. */
function roomsOf(page: string): Room[] {
  const rows = page.split('\n').filter(line => line.startsWith('| `'));
  return rows.flatMap(row => {
    const cells = row.split('|').map(cell => cell.trim());
    const [path] = namesIn(cells[1] ?? '');
    return path === undefined ? [] : [{ path, mayImport: namesIn(cells[3] ?? '') }];
  });
}

function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

/** The row that says most exactly where a file is. */
function roomOf(path: string): Room | undefined {
  const around = rooms.filter(room => isIn(path.replace(/\.ts$/, ''), room.path));
  return around.sort((a, b) => b.path.length - a.path.length)[0];
}

const isIn = (path: string, room: string): boolean => path === room || path.startsWith(`${room}/`);

/** The rooms that an entry of a row leads to; none for a package. */
function roomsOfEntry(entry: string): string[] {
  if (entry.endsWith('/')) return rooms.map(room => room.path).filter(path => isIn(path, entry.slice(0, -1)));
  const room = folders.includes(entry.split('/')[0] ?? '') ? roomOf(`${entry}.ts`) : undefined;
  return room ? [room.path] : [];
}

function breaches(source: Source): string[] {
  const room = roomOf(source.path);
  const isAllowed = (name: string) => {
    const target = roomOf(`${name}.ts`);
    return (
      name.startsWith('node:') ||
      (target !== undefined && target === room) ||
      (room?.mayImport ?? []).some(entry =>
        entry.endsWith('/') ? isIn(name, entry.slice(0, -1)) : name === entry || target?.path === entry,
      )
    );
  };
  return imported(source)
    .filter(name => !isAllowed(name))
    .map(name => `${source.path} must not import ${name}`);
}

/** Static, dynamic and `require` imports; relative ones as paths of the repository. */
function imported({ path, text }: Source): string[] {
  const pattern = /(?:^|[\s;}])(?:from|import|require)\s*\(?\s*(['"])([^'"]+)\1/gm;
  return [...text.matchAll(pattern)].map(([, , name = '']) =>
    name.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), name)) : name,
  );
}
