/** On a Node-RED of its own, because the test helper has no users and no files of the flow. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NodeRed, startNodeRed } from '../harness/node-red';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import { Bench, nodesOf } from './bench';
import { wap } from './state-world';

onEachMajor('wap-connection, when people have to log in', major => {
  let nodeRed: NodeRed;

  before(async function () {
    this.timeout(120_000);
    // Guests may read; the password of the one user is "password".
    const password = '$2a$08$zZWtXTja0fB1pzD4sHCMyOCMYz2Z6dNbM6tl8sJogENOMcxWV9DN.';
    const users = [{ username: 'admin', password, permissions: '*' }];
    const adminAuth = { type: 'credentials', users, default: { permissions: 'read' } };
    nodeRed = await startNodeRed({ major, settings: { adminAuth } });
  });
  after(() => nodeRed.stop());

  const press = (token?: string) =>
    fetch(`${nodeRed.url}/wap-billing/check/wap-connection`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ id: 'x', saved: { adminUrl: '', tokenKind: 'bearer' }, secrets: {} }),
    });

  it('refuses Test connection to who may not change flows, and takes it from who may', async () => {
    assert.equal((await press()).status, 401);
    const body = { client_id: 'node-red-admin', grant_type: 'password', scope: '*', username: 'admin' };
    const login = await fetch(`${nodeRed.url}/auth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, password: 'password' }),
    });
    const { access_token: token } = (await login.json()) as { access_token: string };
    const answer = await press(token);
    assert.equal(answer.status, 200);
    assert.equal(((await answer.json()) as { code: string }).code, 'INPUT_MISSING');
  });
});

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
