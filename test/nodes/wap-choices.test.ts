import assert from 'node:assert/strict';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import type { World } from '../harness/world';
import { connections, startInProcessWapWorld } from './wap-world';

onMajorsOfThisNode('suggestions for the dialogs', major => {
  let world: World<InProcess>;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWapWorld({ major });
    world.wap.seed({
      plans: [{ Id: 'gold-id', DisplayName: 'Gold' }],
      addons: [{ Id: 'more-id', DisplayName: 'More' }],
    });
    await world.deploy([{ id: 'tab', type: 'tab' }, ...connections]);
  });
  after(() => world.stop());
  afterEach(() => world.wap.faults.clear());

  async function choices(path: string) {
    const response = await fetch(`${world.nodeRed.url}/wap-billing/choices/${path}`);
    const text = await response.text();
    return { status: response.status, text, body: text.startsWith('<') ? null : (JSON.parse(text) as unknown) };
  }

  for (const [what, wanted] of [
    ['plan', [{ value: 'gold-id', label: 'Gold · gold-id' }]],
    ['addon', [{ value: 'more-id', label: 'More · more-id' }]],
  ] as const) {
    it(`lists each ${what} of WAP by name and id`, async () => {
      assert.deepEqual(await choices(`wap-connection/ok/${what}`).then(({ body }) => body), wanted);
    });
  }

  it('lists services and their instances without what else WAP tells of them', async () => {
    const services = await choices('wap-connection/ok/service');
    assert.deepEqual((services.body as unknown[])[0], { value: 'sqlservers', label: 'sqlservers · SQL Servers' });
    const instances = await choices('wap-connection/ok/instance');
    const id = '7a1d0c52-4e0b-4c39-9d5e-0b6f1f2a9c11';
    assert.deepEqual((instances.body as unknown[])[0], { value: id, label: `sqlservers · ${id}` });
    assert.doesNotMatch(services.text + instances.text, /password|account|example/i);
  });

  for (const path of [
    'wap-connection/nobody-knows/plan',
    'wap-connection/tab/plan',
    'wap-connection/ok/secret',
    'wap-connection/ok/constructor',
    'billing-connection/ok/plan',
  ]) {
    it(`answers 404 and asks nobody for ${path}`, async () => {
      const asked = world.log.entries().length;
      assert.equal((await choices(path)).status, 404);
      assert.equal(world.log.entries().length, asked);
    });
  }

  it('answers 502 with a code and no secret when WAP cannot be used', async () => {
    const { status, body, text } = await choices('wap-connection/refused/plan');
    assert.deepEqual([status, (body as { code: string }).code], [502, 'WAP_AUTH']);
    assert.ok(!text.includes('wrong') && !text.includes(world.wap.credentials.password));
  });

  it('does not pass on what WAP repeats of the password', async () => {
    const { password } = world.wap.credentials;
    const Message = `Sign in failed for admin:${password} (${Buffer.from(`admin:${password}`).toString('base64')})`;
    world.wap.faults.add({ kind: 'claim', path: '/addons', status: 403, body: { Code: 'No', Message } });
    await world.deploy([{ id: 'tab', type: 'tab' }, ...connections]);
    const { status, text } = await choices('wap-connection/ok/addon');
    assert.equal(status, 502);
    assert.match(text, /Sign in failed for admin:\*\*\* \(\*\*\*\)/);
  });

  it('asks WAP once for many who ask at once', async () => {
    await world.deploy([{ id: 'tab', type: 'tab' }, ...connections]);
    world.log.clear();
    const answers = await Promise.all(Array.from({ length: 200 }, () => choices('wap-connection/ok/plan')));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(world.log.entries({ path: '/plans' }).length, 1);
  });

  it('works again after a failure, and after the connection was deployed anew', async () => {
    await world.deploy([{ id: 'tab', type: 'tab' }, ...connections]);
    world.wap.faults.add({ kind: 'status', status: 503, path: '/plans' });
    world.log.clear();
    for (let times = 0; times < 5; times += 1) assert.equal((await choices('wap-connection/ok/plan')).status, 502);
    assert.equal(world.log.entries({ path: '/plans' }).length, 1, 'a failure is remembered too');
    const works = async () => (await choices('wap-connection/ok/plan')).status === 200;
    await world.until('it works again', works, 20_000);
    await world.deploy([{ id: 'tab', type: 'tab' }, ...connections]);
    assert.equal((await choices('wap-connection/ok/plan')).status, 200);
  });
});
