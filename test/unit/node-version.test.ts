import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refuseOldNode } from '../../lib/node-version';
import { readPackage, repository } from '../harness/repository';

describe('the version of Node.js', () => {
  for (const version of ['18.20.8', '20.9.0', '20.18.3'])
    it(`${version} is refused, with what is needed`, () =>
      assert.throws(() => refuseOldNode(version), /needs Node\.js 20\.19 or later, and this is .*: update Node\.js\./));
  for (const version of ['20.19.0', '22.12.0', '24.0.0', '26.10.0'])
    it(`${version} is taken`, () => assert.doesNotThrow(() => refuseOldNode(version)));

  it('is the one that package.json asks for', () => assert.equal(readPackage(repository).engines?.node, '>=20.19'));

  // Node-RED loads nodes one by one, and each of them loads one of these.
  for (const file of ['runtime/define-node.ts', 'runtime/define-config.ts', 'lib/state/wap-billing-state.ts'])
    it(`is looked at before anything else that is loaded by ${file}`, () => {
      const [first] = readFileSync(join(repository, file), 'utf8').match(/^import .*$/m) ?? [];
      assert.match(first ?? '', /^import '(\.\.\/lib|\.\.)\/node-version';$/);
    });
});
