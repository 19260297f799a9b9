// Lets preloaded modules change every SQLite database that the process opens, whichever of the two drivers it takes.
'use strict';
const Module = require('node:module');

/** Calls `patch(database)` for each database that is opened from now on. */
function onDatabase(patch) {
  const builtIn = process.getBuiltinModule?.('node:sqlite');
  if (builtIn) builtIn.DatabaseSync = watched(builtIn.DatabaseSync);
  const load = Module._load;
  let replaced;
  Module._load = function (request, ...rest) {
    const loaded = load.call(this, request, ...rest);
    // The binary that the package brings along has a path of this machine as its name.
    if (!/^@photostructure\/sqlite$|\.node$/.test(request) || typeof loaded.DatabaseSync !== 'function') return loaded;
    replaced ??= { ...loaded, DatabaseSync: watched(loaded.DatabaseSync) };
    return replaced;
  };

  /** The methods of the class cannot be replaced, those of an instance can. */
  function watched(DatabaseSync) {
    return new Proxy(DatabaseSync, {
      construct(target, args) {
        const database = new target(...args);
        patch(database);
        return database;
      },
    });
  }
}

/** An assignment would fail: the class has them read-only. */
function replace(object, name, value) {
  Object.defineProperty(object, name, { value, configurable: true });
}

module.exports = { onDatabase, replace };
