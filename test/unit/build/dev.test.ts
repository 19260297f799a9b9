import assert from 'node:assert/strict';

interface Built {
  path: string;
  content: string;
}

interface Output {
  printsOf(files: Built[]): Record<string, string>;
  actionsOf(before: Record<string, string>, after: Record<string, string>): { restart: string[]; reload: boolean };
}

interface Saves {
  changesOf(before: Map<string, string>, now: Map<string, string>): string[];
}

const { printsOf, actionsOf }: Output = require('../../../scripts/dev/output.mjs');
const { changesOf }: Saves = require('../../../scripts/dev/saves.mjs');

const paths = {
  wap: 'dist/simulator/wap-simulator.js',
  billing: 'dist/simulator/billing-simulator.js',
  lib: 'dist/wap-billing.js',
  node: 'dist/nodes/wap-ack/wap-ack.js',
  types: 'dist/lib/errors.d.ts',
  dialog: 'dist/nodes/wap-ack/wap-ack.html',
  help: 'dist/nodes/wap-ack/locales/en-US/wap-ack.html',
  icon: 'dist/nodes/wap-ack/icons/ack.svg',
  shared: 'resources/wap-billing.html',
  texts: 'resources/locales/es-ES/wap-billing.json',
};

describe('what npm run dev starts again', () => {
  const all = Object.values(paths).map(path => ({ path, content: 'as before' }));
  const after = (changed: string) => {
    const files = all.map(file => (file.path === changed ? { ...file, content: 'changed' } : file));
    return actionsOf(printsOf(all), printsOf(files));
  };

  for (const [name, restart, reload] of [
    ['wap', ['wap'], false],
    ['billing', ['billing'], false],
    ['lib', ['node-red'], false],
    ['node', ['node-red'], false],
    ['types', [], false],
    ['dialog', ['node-red'], true],
    ['help', ['node-red'], true],
    ['icon', ['node-red'], true],
    ['shared', ['node-red'], true],
    ['texts', ['node-red'], true],
  ] as const)
    it(`is ${restart.join() || 'nothing'}${reload ? ' and the page' : ''} after a change of ${paths[name]}`, () =>
      assert.deepEqual(after(paths[name]), { restart, reload }));

  it('is Node-RED and the page when a dialog is gone', () =>
    assert.deepEqual(actionsOf(printsOf(all), printsOf(all.filter(({ path }) => path !== paths.dialog))), {
      restart: ['node-red'],
      reload: true,
    }));

  it('follows saves of new, changed and deleted files', () => {
    const before = new Map(Object.entries({ kept: '1', changed: '1', gone: '1' }));
    const now = new Map(Object.entries({ kept: '1', changed: '2', fresh: '1' }));
    assert.deepEqual(changesOf(before, now), ['changed', 'gone', 'fresh']);
  });
});
