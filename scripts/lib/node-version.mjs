/** The oldest Node.js of each line that the tools of this repository run on: mocha, c8 and what they need refuse older ones. */
const oldest = [
  [20, 19],
  [22, 12],
];

/** A sentence for whoever has another one; undefined when `version` will do. */
export function whyNot(version) {
  const [major, minor] = version.split('.').map(Number);
  const line = oldest.find(([known]) => known === major);
  if (line ? minor >= line[1] : major > 22) return undefined;
  return (
    `This repository needs Node.js 20.19, 22.12 or later (not 21), and this is ${version}. ` +
    'Install another, or put one on the PATH, and say it again.'
  );
}
