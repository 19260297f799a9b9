/** On a Node-RED of its own, because the test helper has no files of the flow. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import { Bench, nodesOf } from './bench';
import { wap } from './state-world';

onEachMajor('the secrets of wap-connection', major => {
  const secrets = { token: 'a-token-for-tests', password: 'a-password-for-tests', usagePassword: 'a-usage-password' };
  const stored = { passwordEnv: '', usagePasswordEnv: '', tokenEnv: '', credentials: secrets };
  const lists = { connection: 'stored', mode: 'list', kind: 'plan', kindType: 'str', outputs: 2 };
  let world: World;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    world = await startWorld({ major, wap: secrets });
    bench = await Bench.start(world, [wap('stored', stored)], nodesOf('wap-plan-get', { plans: {} }, lists));
  });
  after(() => world.stop());

  it('stay out of flows, exports, logs, messages and the files of the flow', async () => {
    world.wap.seed({ plans: [{ Id: 'gold', DisplayName: 'Gold' }] });
    assert.equal(((await bench.answer('plans')).payload as unknown[]).length, 1);
    const { nodeRed } = world;
    const told = JSON.stringify([await nodeRed.flows(), nodeRed.logs, bench.sent('plans')]);
    const file = readFileSync(join(nodeRed.userDir, 'flows.json'), 'utf8');
    const kept = readFileSync(join(nodeRed.userDir, 'flows_cred.json'), 'utf8');
    const shown = await fetch(`${nodeRed.url}/credentials/wap-connection/stored`);
    const all = [told, file, kept, await shown.text()].join('\n');
    for (const secret of Object.values(secrets)) assert.ok(!all.includes(secret), secret);
  });
});
