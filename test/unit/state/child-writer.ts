import { statement } from '../../../lib/state/port';
import { openSqlite } from '../../../lib/state/sqlite/store';

/** A process of its own for sqlite.test.ts: commits row after row, telling each; the last stays uncommitted. Or, asked
 *  to, only tells what opening the file brings. */
const [file = '', what = ''] = process.argv.slice(2);
const add = statement('INSERT INTO t (a) VALUES (:a)');

async function write(): Promise<void> {
  const store = await openSqlite(file);
  await store.transaction(tx => tx.change(statement('CREATE TABLE t (a BIGINT PRIMARY KEY)')));
  for (let a = 1; a <= 20; a++) await store.transaction(tx => tx.change(add, { a }));
  await store.transaction(async tx => {
    await tx.change(add, { a: 21 });
    process.stdout.write('committed 20, 21 is open\n');
    await new Promise(() => setInterval(() => undefined, 1000));
  });
}

/** Goes on from what is there, with a checkpoint every few rows; tells each row that is kept. */
async function goOn(): Promise<void> {
  const store = await openSqlite(file, { logPages: 8 });
  await store.transaction(tx => tx.change(statement('CREATE TABLE IF NOT EXISTS t (a BIGINT PRIMARY KEY)')));
  const last = statement<{ a: number }>('SELECT COALESCE(MAX(a), 0) AS a FROM t');
  let a = (await store.transaction(tx => tx.rows(last)))[0]?.a ?? 0;
  for (;;) {
    a += 1;
    await store.transaction(tx => tx.change(add, { a }), { relaxed: a % 3 > 0 });
    process.stdout.write(`${a}\n`);
  }
}

async function tell(): Promise<void> {
  try {
    await (await openSqlite(file)).close();
    process.stdout.write('opened\n');
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    process.stdout.write(`${JSON.stringify({ code, message })}\n`);
  }
}

const modes: Record<string, () => Promise<void>> = { write, tell, 'go on': goOn };
void modes[what]?.();
