// Preloaded into the Node-RED under test: a clock that jumps, and a disk that is full. The product knows nothing of it.
//   HOSTILE_PLAN  file with {"clockMs": number, "isFull": boolean}, read anew every few milliseconds:
//                 `clockMs` is added to the time of day; `isFull` lets no state file grow (SQLite answers "disk is full")
'use strict';
const fs = require('node:fs');
const { onDatabase, replace } = require('./sqlite-hook.cjs');

const { HOSTILE_PLAN: planFile } = process.env;
if (planFile) {
  const plan = planReader(planFile);
  shiftClock(plan);
  onDatabase(database => limit(database, plan));
}

function planReader(file) {
  let plan = { clockMs: 0, isFull: false };
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - readAt > 20) {
      plan = JSON.parse(fs.readFileSync(file, 'utf8'));
      readAt = performance.now();
    }
    return plan;
  };
}

/** Timers go on as they do when an operator sets the clock. */
function shiftClock(plan) {
  const RealDate = Date;
  const now = () => RealDate.now() + plan().clockMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => String(new RealDate(now())),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}

/** The limit on pages is SQLite's own; it never falls below what the file has. */
function limit(database, plan) {
  const exec = database.exec.bind(database);
  let isFull = false;
  replace(database, 'exec', sql => {
    if (/^BEGIN/i.test(sql) && plan().isFull !== isFull) {
      isFull = !isFull;
      exec(`PRAGMA max_page_count = ${isFull ? 1 : 1_000_000_000}`);
    }
    return exec(sql);
  });
}
