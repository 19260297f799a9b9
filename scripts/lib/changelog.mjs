import { fail } from './say.mjs';

const unreleased = '## [Unreleased]\n';

/** The changelog with what is unreleased under a version and its date (`2026-11-27`), and room for what comes next.
 *  Fails when nothing is unreleased, or the version is there already. */
export function dated(changelog, version, date) {
  const [before, after] = changelog.split(unreleased);
  if (after === undefined) fail(`CHANGELOG.md has no line "${unreleased.trim()}"`);
  if (changelog.includes(`## [${version}]`)) fail(`CHANGELOG.md has a section ${version} already`);
  const end = after.indexOf('\n## [');
  const section = end < 0 ? after : after.slice(0, end);
  if (!/^- /m.test(section)) fail('CHANGELOG.md says nothing under "Unreleased"; what would this release be for?');
  return `${before}${unreleased}\n## [${version}] - ${date}\n${after}`;
}

/** Whether `next` comes after `current`; both as `1.2.3`. */
export function isLater(next, current) {
  const [a, b] = [next, current].map(version => version.split('.').map(Number));
  const at = a.findIndex((part, index) => part !== b[index]);
  return at >= 0 && a[at] > b[at];
}
