/** Tells of saved sources. It looks at them instead of being told by the system: on Linux, Node 20 loses a file that an editor
 *  replaces by renaming, and every later save of it. */
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { sources } from '../lib/freshness.mjs';
import { at, filesBelow, root } from '../lib/paths.mjs';

/** How often it looks. */
const pauseMs = 500;

/** Calls `onSaved(paths)`, never while an earlier call has not ended: what is saved meanwhile comes with the next call. */
export function watchSources(onSaved) {
  let known = look();
  const lookAgain = async () => {
    const now = look();
    const paths = changesOf(known, now);
    known = now;
    if (paths.length > 0) await onSaved(paths);
    setTimeout(() => void lookAgain(), pauseMs);
  };
  setTimeout(() => void lookAgain(), pauseMs);
}

/** Paths that are new, gone or other than before. Both are maps from a path to what tells its states apart. */
export function changesOf(before, now) {
  const all = new Set([...before.keys(), ...now.keys()]);
  return [...all].filter(path => before.get(path) !== now.get(path));
}

function look() {
  const files = sources.flatMap(source => filesBelow(at(source)));
  return new Map(files.flatMap(file => stateOf(file)));
}

/** Nothing for a file that was deleted since it was listed. */
function stateOf(file) {
  const found = statSync(file, { throwIfNoEntry: false });
  return found ? [[relative(root, file).replaceAll('\\', '/'), `${found.mtimeMs} ${found.size}`]] : [];
}
