import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { type Statement, type Store, statement, type Tx } from '../../../lib/state/port';
import { openSqlite } from '../../../lib/state/sqlite/store';
import { holds } from '../../harness/property';
import { Disk, divertedSyncs } from './power-cut';
import { scratchFolder } from './scratch';

interface Row {
  a: number;
  b: string;
}

/** `together`: the next one does not wait for it. */
interface Write extends Row {
  relaxed: boolean;
  together: boolean;
}

const create = statement('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL) STRICT');
const put = statement('INSERT INTO t (a, b) VALUES (:a, :b) ON CONFLICT (a) DO UPDATE SET b = :b');
const all = statement<Row>('SELECT a, b FROM t');
const check = statement<{ integrity_check: string }>('PRAGMA integrity_check');

/** Small logs, so that most cases bring them home a few times. */
const logPages = 8;
const texts = fc.string({ minLength: 1, maxLength: 3 }).map(text => text.repeat(700));
const writes = fc.array(fc.record<Write>({ a: fc.nat(30), b: texts, relaxed: fc.boolean(), together: fc.boolean() }), {
  minLength: 10,
  maxLength: 60,
});

/** In the middle of a transaction, or of a sync of the log or of the file. */
const moments = fc.oneof(
  fc.record({ at: fc.constant('write'), number: fc.nat(60) }),
  fc.record({ at: fc.constant('log'), number: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ at: fc.constant('file'), number: fc.integer({ min: 1, max: 4 }) }),
);

describe('SQLite store and a power cut', () => {
  const power = divertedSyncs();
  let template: string;

  beforeEach(async () => {
    template = join(await scratchFolder(), 'state.sqlite');
    const store = await openSqlite(template);
    await store.transaction(tx => tx.change(create));
    await store.close();
  });

  it('keeps all that was said to be kept, and stays whole', async function () {
    this.timeout(0); // 400 cases are its bound: a slow disk only takes longer for them
    let checkpoints = 0;
    const property = fc.asyncProperty(writes, moments, fc.integer(), async (asked, moment, seed) => {
      const before = await Disk.with(template);
      power.disk = before;
      before.onSync = (at, number) => {
        if (at === moment.at && number === moment.number) before.cut(seed);
      };
      const size = statSync(before.file).size;
      const store = await openSqlite(before.file, { logPages });
      const written: Row[] = [];
      let kept = 0;
      const write = async ({ a, b, relaxed }: Write, index: number) => {
        const work = async (tx: Tx) => {
          if (moment.at === 'write' && index === moment.number) before.cut(seed);
          await tx.change(put, { a, b });
          written.push({ a, b });
        };
        await store.transaction(work, { relaxed });
        if (!relaxed && !before.isCut) kept = Math.max(kept, index + 1);
      };
      const writing: Array<Promise<void>> = [];
      for (const [index, one] of asked.entries()) {
        const done = write(one, index).catch(error => assert.match(String(error), /no power/));
        writing.push(done);
        if (one.together) continue;
        await done;
        await new Promise(resolve => setImmediate(resolve)); // syncs get on meanwhile
      }
      await Promise.all(writing);
      before.cut(seed);
      if (statSync(before.file).size > size) checkpoints += 1;
      await store.close().catch(() => undefined);

      const disk = await before.again();
      power.disk = disk;
      const after = await openSqlite(disk.file, { logPages });
      try {
        assert.deepEqual(await read(after, check), [{ integrity_check: 'ok' }]);
        const rows = inOrder(await read(after, all));
        const states = written.map((_write, index) => inOrder(written.slice(0, index + 1)));
        const last = states.findLastIndex(state => isDeepStrictEqual(state, rows)) + 1;
        assert.ok(last >= kept && (last > 0 || rows.length === 0), `${kept} writes were kept, ${last} are there`);
      } finally {
        await after.close();
      }
    });
    await holds('SQLite store and a power cut: keeps all that was said to be kept, and stays whole', property, {
      numRuns: 400,
      endOnFailure: true,
    });
    assert.ok(checkpoints > 50, `checkpoints in ${checkpoints} cases`);
  });
});

/** Plain objects: rows of SQLite have no prototype. */
async function read<R>(store: Store, query: Statement<R>): Promise<R[]> {
  const rows = await store.transaction(tx => tx.rows(query));
  return rows.map(row => ({ ...row }));
}

/** The table after these writes. */
function inOrder(writes: Row[]): Row[] {
  const rows = [...new Map(writes.map(({ a, b }) => [a, { a, b }])).values()];
  return rows.sort((one, other) => one.a - other.a);
}
