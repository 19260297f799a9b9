import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { systemClock } from '../../../lib/async/clock';
import { AdapterError } from '../../../lib/errors';
import { type ImportMode, importMapping } from '../../../lib/mapping/import';
import { Mapping } from '../../../lib/mapping/mapping';
import { acquireStore } from '../../../lib/state/open';
import type { Store } from '../../../lib/state/port';
import { holds } from '../../harness/property';
import { cleanScratch, scratchFolder } from '../state/scratch';
import { statementByStatement } from './parted-store';

const scope = { installation: 'wap', target: 'billing' };
const by = 'a test';

interface Line {
  wapId: string;
  billingId: string;
}

/** What an import has to make of the pairs, or null when it is refused; knows only the promise. */
function model(before: ReadonlyMap<string, string>, lines: readonly Line[], mode: ImportMode) {
  const ids = (field: keyof Line) => new Set(lines.map(line => line[field]));
  if (ids('wapId').size < lines.length || ids('billingId').size < lines.length) return null;
  if (mode === 'replace-all' && lines.length === 0) return null;
  const after = new Map(mode === 'replace-all' ? [] : before);
  for (const { wapId, billingId } of lines) {
    const holder = [...before].find(([, held]) => held === billingId)?.[0] ?? wapId;
    if (mode === 'merge' && ((before.get(wapId) ?? billingId) !== billingId || holder !== wapId)) return null;
    if (after.get(holder) === billingId) after.delete(holder);
    after.set(wapId, billingId);
  }
  return after;
}

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
const line = fc.record<Line>({ wapId: id, billingId: id.map(letter => `x${letter}`) });
const stored = fc.uniqueArray(line, {
  maxLength: 6,
  comparator: (a, b) => a.wapId === b.wapId || a.billingId === b.billingId,
});
const lines = fc.oneof(
  { weight: 4, arbitrary: fc.uniqueArray(line, { maxLength: 7, comparator: (a, b) => a.wapId === b.wapId }) },
  fc.array(line, { maxLength: 7 }),
);
const modes = fc.constantFrom<ImportMode>('merge', 'overwrite', 'replace-all');

/** A store that holds these pairs, and all there is to know of its mapping. */
async function world(pairs: readonly Line[]) {
  const folder = await scratchFolder();
  const { store, release } = await acquireStore('state.sqlite', folder);
  const mapping = new Mapping(store, systemClock, scope);
  for (const pair of pairs) await mapping.store.transaction(tx => mapping.put(tx, { kind: 'plan', ...pair }, { by }));
  return { folder, store, mapping, release };
}

async function allOf(mapping: Mapping) {
  const { entries } = await mapping.store.transaction(tx => mapping.list(tx, { limit: 1000 }));
  return { entries, history: await mapping.store.transaction(tx => mapping.history(tx, null, { limit: 1000 })) };
}

const pairsOf = ({ entries }: Awaited<ReturnType<typeof allOf>>) =>
  new Map(entries.map(({ wapId, billingId }) => [wapId, billingId]));
const fileOf = (of: readonly Line[]) => JSON.stringify(of.map(each => ({ kind: 'plan', ...each })));
const importInto = (store: Store, of: readonly Line[], mode: ImportMode) =>
  importMapping(new Mapping(store, systemClock, scope), fileOf(of), { format: 'json', mode, by });

/** What a process finds that opens the files as they are now, as if the one that has them were killed. */
async function foundAfterKill(folder: string) {
  const left = await scratchFolder();
  for (const end of ['', '-wal']) await copyFile(join(folder, `state.sqlite${end}`), join(left, `state.sqlite${end}`));
  const { store, release } = await acquireStore('state.sqlite', left);
  const found = await allOf(new Mapping(store, systemClock, scope));
  await release();
  return found;
}

describe('an import of the mapping', function () {
  this.timeout(120_000);
  afterEach(cleanScratch);

  it('does what its mode says, or nothing', async () => {
    await holds(
      'an import of the mapping: does what its mode says, or nothing',
      fc.asyncProperty(stored, lines, modes, async (pairs, wanted, mode) => {
        const { store, mapping, release } = await world(pairs);
        const before = await allOf(mapping);
        const expected = model(pairsOf(before), wanted, mode);
        const importing = importInto(store, wanted, mode);
        if (expected) await importing;
        else await assert.rejects(importing, error => error instanceof AdapterError && error.code === 'STATE_IMPORT');
        const after = await allOf(mapping);
        await release();
        if (!expected) return assert.deepEqual(after, before);
        assert.deepEqual(new Map([...pairsOf(after)].sort()), new Map([...expected].sort()));
        const replayed = new Map<string, string>();
        for (const change of after.history.reverse()) {
          if (change.after) replayed.set(change.wapId, change.after.billingId);
          else replayed.delete(change.wapId);
        }
        assert.deepEqual(new Map([...replayed].sort()), new Map([...expected].sort()));
      }),
      { numRuns: 60 },
    );
  });

  it('leaves all or nothing wherever the process is killed', async () => {
    await holds(
      'an import of the mapping: leaves all or nothing wherever the process is killed',
      fc.asyncProperty(
        stored,
        lines,
        fc.constantFrom<ImportMode>('overwrite', 'replace-all'),
        fc.nat(30),
        async (...of) => {
          const [pairs, wanted, mode, killAt] = of;
          const { folder, store, mapping, release } = await world(pairs);
          const before = await allOf(mapping);
          let commits = 0;
          let found = before;
          const parted = async () => {
            if (commits++ === killAt) found = await foundAfterKill(folder);
          };
          await importInto(statementByStatement(store, parted), wanted, mode).catch(isRefused);
          const after = await allOf(mapping);
          await release();
          // The statement that ends the import is the last.
          assert.deepEqual(found, commits > 0 && killAt === commits - 1 ? after : before);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is undone when it fails, also after the undoing failed or was killed', async () => {
    await holds(
      'an import of the mapping: is undone when it fails, also after the undoing failed or was killed',
      fc.asyncProperty(
        stored,
        lines,
        fc.nat(20),
        fc.nat(20),
        fc.nat(20),
        async (pairs, wanted, failAt, again, killAt) => {
          const { folder, store, mapping, release } = await world(pairs);
          const before = await allOf(mapping);
          let commits = 0;
          let killed = before;
          const failing = statementByStatement(store, async () => {
            const at = commits++;
            if (at === failAt + killAt) killed = await foundAfterKill(folder);
            if (at === failAt || at === failAt + again) throw new Error('the disk is full');
          });
          const outcome = await importInto(failing, wanted, 'replace-all').then(
            () => 'imported',
            error => (error instanceof AdapterError && error.code === 'STATE_IMPORT' ? 'refused' : 'failed'),
          );
          const after = await allOf(mapping).catch(() => allOf(mapping));
          await release();
          if (outcome !== 'failed' || commits === failAt + 1) return; // it had ended, or failed at its end
          assert.deepEqual(after, before);
          assert.deepEqual(killed, before);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is undone at the next start when its process was killed', async () => {
    const pairs = Array.from({ length: 40 }, (_, n) => ({ wapId: `w${n}`, billingId: `b${n}` }));
    const { folder, mapping, release } = await world(pairs);
    const before = await allOf(mapping);
    await release();
    const swapped = pairs.map(({ wapId }, n) => ({ wapId: n % 3 === 0 ? `new${n}` : wapId, billingId: `b${39 - n}` }));
    for (const parts of [1, 30, 70, 100]) {
      const args = ['--require', 'tsx/cjs', join(__dirname, 'child-importer.ts'), folder, fileOf(swapped)];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      let told = '';
      for await (const chunk of child.stdout) {
        told += chunk;
        if (told.length >= parts) child.kill('SIGKILL');
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      assert.ok(told.length >= parts && !told.endsWith('done'), told);
      const opened = await acquireStore('state.sqlite', folder);
      assert.deepEqual(await allOf(new Mapping(opened.store, systemClock, scope)), before);
      await opened.release();
    }
  });
});

function isRefused(error: unknown): void {
  assert.ok(error instanceof AdapterError && error.code === 'STATE_IMPORT', String(error));
}
