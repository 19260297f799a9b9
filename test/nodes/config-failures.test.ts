import assert from 'node:assert/strict';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { Bench, nodesOf } from './bench';
import { billing, common, configuration, state, wap } from './state-world';

/** A node that uses a configuration node which cannot open, for each type of them. */
const cases = {
  'billing-state': nodesOf('mapping-store', { 'no-state': { state: 'bad-state' } }, { ...common, operation: 'list' }),
  'wap-connection': nodesOf('wap-plan-get', { 'no-wap': { connection: 'bad-wap' } }, { ...common, mode: 'list' }),
  'billing-connection': nodesOf('billing-plan-retire', { 'no-billing': { billing: 'bad-billing' } }, common),
};
const broken = [
  state('bad-state', { address: '${NOT_SET}' }),
  wap('bad-wap', { passwordEnv: 'NOT_SET' }),
  billing('bad-billing', { tokenEnv: 'NOT_SET' }),
];

onMajorsOfThisNode('a configuration node that cannot open', major => {
  let world: World<InProcess>;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWorld({ major });
    bench = await Bench.start(world, [...configuration, ...broken], Object.values(cases).flat());
  });
  after(() => world.stop());

  for (const [type, [node]] of Object.entries(cases))
    it(`says so once in the log, although a Catch takes every error (${type})`, async () => {
      const id = node?.id ?? '';
      for (const _message of ['first', 'second', 'third']) assert.equal((await bench.error(id)).code, 'INPUT_MISSING');
      await world.nodeRed.waitLog(new RegExp(`\\[warn\\] \\[${type}:`));
      const told = world.nodeRed.logs.filter(line => line.includes(`[warn] [${type}:`));
      assert.equal(told.length, 1, told.join('\n'));
      assert.match(told[0] ?? '', /NOT_SET is not set/);
    });
});
