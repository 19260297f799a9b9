// Preloaded into the Node-RED under test (NODE_OPTIONS=--require). It names every point that the process passes on its way:
// around each transaction that writes, and around each request to the simulators; and it ends the process there with
// SIGKILL when the plan says so. The product knows nothing of it.
//   CRASH_PLAN    file with {"run": number, "kill": {"point": string, "nth": number} | null}, read anew at every point;
//                 {"like": pattern, "nth": number} counts all points that fit the pattern together
//   CRASH_LOG     file that gets a line "<ms> <run> <nth> <point>" for every point
//   CRASH_PORTS   {"<port>": "<server>"}: the servers whose requests are points
//   CRASH_INSIDE  pattern of writes, such as `insert usage_page`, after which there is a point inside the transaction too
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const Module = require('node:module');
const { onDatabase, replace } = require('./sqlite-hook.cjs');

const { CRASH_PLAN: planFile, CRASH_LOG: logFile, CRASH_PORTS: ports, CRASH_INSIDE: inside } = process.env;
if (planFile && logFile && ports) watch(planFile, fs.openSync(logFile, 'a'), JSON.parse(ports));

function watch(planFile, log, servers) {
  const counts = new Map();
  let current = null;
  let alike = 0;

  function isHere(kill, point, nth) {
    if (kill.like === undefined) return kill.point === point && kill.nth === nth;
    if (!new RegExp(kill.like).test(point)) return false;
    alike += 1;
    return alike === kill.nth;
  }

  function pass(point) {
    const { run, kill } = JSON.parse(fs.readFileSync(planFile, 'utf8'));
    if (run !== current) {
      current = run;
      counts.clear();
      alike = 0;
    }
    const nth = (counts.get(point) ?? 0) + 1;
    counts.set(point, nth);
    fs.writeSync(log, `${Date.now()} ${run} ${nth} ${point}\n`);
    if (kill === null || !isHere(kill, point, nth)) return;
    process.kill(process.pid, 'SIGKILL');
    // Nothing more may happen until the signal has arrived.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }

  pass('boot');
  watchStart(pass);
  watchStore(pass);
  watchHttp(pass, servers);
}

/** Node-RED says when its flows run. */
function watchStart(pass) {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (text, ...rest) => {
    if (/Started flows/.test(String(text))) pass('flows started');
    return write(text, ...rest);
  };
}

/** A transaction is named by what it writes: `insert step` is an intent, `update step` a result. */
function watchStore(pass) {
  const isInside = inside ? new RegExp(inside) : null;
  onDatabase(patch);

  function patch(database) {
    const exec = database.exec.bind(database);
    const prepare = database.prepare.bind(database);
    let writes = new Set();
    let last = null;
    replace(database, 'exec', sql => {
      if (/^BEGIN/i.test(sql)) {
        writes = new Set();
        if (last !== null) pass(`begin after ${last}`);
        last = null;
      }
      if (!/^COMMIT/i.test(sql) || writes.size === 0) return exec(sql);
      const what = [...writes].sort().join(', ');
      pass(`before commit of ${what}`);
      const result = exec(sql);
      pass(`after commit of ${what}`);
      last = what;
      return result;
    });
    replace(database, 'prepare', (sql, ...rest) => {
      const statement = prepare(sql, ...rest);
      const [, verb, table] = /^\s*(INSERT|UPDATE|DELETE)(?:\s+INTO|\s+FROM)?\s+(\w+)/i.exec(sql) ?? [];
      if (table === undefined) return statement;
      for (const name of ['run', 'all']) {
        const call = statement[name].bind(statement);
        replace(statement, name, (...values) => {
          const result = call(...values);
          const changed = Array.isArray(result) ? result.length > 0 : Number(result.changes) > 0;
          const write = `${verb.toLowerCase()} ${table}`;
          if (changed) writes.add(write);
          if (changed && isInside?.test(write)) pass(`inside after ${write}`);
          return result;
        });
      }
      return statement;
    });
  }
}

function watchHttp(pass, servers) {
  const request = http.request;
  http.request = function (...args) {
    const name = nameOf(args, servers);
    if (name === null) return request.apply(this, args);
    pass(`before ${name}`);
    const made = request.apply(this, args);
    made.once('finish', () => pass(`sent ${name}`)); // every byte has been handed to the system
    made.prependOnceListener('response', () => pass(`answered ${name}`));
    return made;
  };
  Module.syncBuiltinESMExports();
}

function nameOf([first, second], servers) {
  const url = typeof first === 'string' || first instanceof URL ? new URL(first) : null;
  const options = url ? (typeof second === 'object' && second !== null ? second : {}) : first;
  const server = servers[String(options.port ?? url?.port ?? '')];
  if (server === undefined) return null;
  const path = String(options.path ?? `${url?.pathname}`).split('?', 1)[0];
  if (server === 'sink' && !path.startsWith('/notified')) return null;
  const segments = path.split('/');
  const isId = index => ['plans', 'addons', 'offers', 'subscriptions', 'notified'].includes(segments[index - 1]);
  return `${server} ${options.method ?? 'GET'} ${segments.map((text, index) => (isId(index) ? ':id' : text)).join('/')}`;
}
