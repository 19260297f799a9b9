import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import { billing, configuration, state, wap } from './state-world';

const secret = 'only-for-the-billing-system';

/** Every route of the package, as the dialogs call it. */
const routes = {
  'check/wap-connection': { id: 'wap', saved: wap('wap'), secrets: {} },
  'check/billing-connection': { id: 'billing', saved: billing('billing'), secrets: {} },
  'try/billing-connection': { id: 'billing', saved: billing('billing'), secrets: {}, call: 'read', key: 'gold' },
  'check/billing-state': { id: 'state', saved: state('state'), secrets: {} },
  'choices/wap-connection/wap/plan': null,
  'tested/wap-connection/wap': null,
};

onEachMajor('the routes of the dialogs, without a login', major => {
  let world: World;
  let host: string;

  before(async function () {
    this.timeout(120_000);
    world = await startWorld({ major });
    host = new URL(world.nodeRed.url).host;
    const stored = { ...billing('stored', { tokenEnv: '' }), credentials: { token: secret } };
    const foreign = { ...wap('foreign', { tokenEnv: '' }), credentials: { token: secret } };
    await world.deploy([{ id: 'tab', type: 'tab' }, ...configuration, stored, foreign]);
  });
  after(() => world.stop());

  async function ask(path: string, headers: Record<string, string>, body: string | null) {
    const method = body === null ? 'GET' : 'POST';
    const before = world.log.entries().length;
    const response = await fetch(`${world.nodeRed.url}/wap-billing/${path}`, { method, headers, body });
    const answer: unknown = await response.json();
    return { status: response.status, answer, called: world.log.entries().length - before };
  }
  const json = { 'content-type': 'application/json' };

  for (const [path, body] of Object.entries(routes)) {
    const text = body && JSON.stringify(body);
    for (const [who, headers] of [
      ['the editor', () => ({ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })],
      ['the editor behind a proxy', () => ({ origin: 'https://nr.example', 'x-forwarded-host': 'nr.example' })],
      ['what is no browser', () => ({})],
    ] as const)
      it(`${path} answers ${who}`, async () => {
        assert.equal((await ask(path, { ...json, ...headers() }, text)).status, 200);
      });
    for (const [who, headers] of [
      ['another site', { origin: 'http://elsewhere.example' }],
      ['a page without a site', { origin: 'null' }],
      ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
      ['a picture of another site', { 'sec-fetch-site': 'cross-site' }],
    ] as const)
      it(`${path} refuses ${who}, and calls nobody`, async () => {
        const { status, called } = await ask(path, { ...json, ...headers }, text);
        assert.deepEqual([status, called], [403, 0]);
      });
    if (text === null) continue;
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'])
      it(`${path} refuses ${type}, which every page can send`, async () => {
        const form = type.startsWith('application') ? 'id=billing&saved[baseUrl]=http://127.0.0.1:9' : text;
        const { status, called } = await ask(path, { 'content-type': type }, form);
        assert.deepEqual([status, called], [415, 0]);
      });
  }

  it('sends a stored secret for a node of the same type only', async () => {
    const heard: Array<string | undefined> = [];
    const listener = createServer((request, response) => {
      heard.push(request.headers.authorization);
      response.setHeader('content-type', 'application/json').end('{}');
    });
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const saved = billing('x', {
      tokenEnv: '',
      baseUrl: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    });
    const press = (id: string) =>
      ask('check/billing-connection', json, JSON.stringify({ id, saved, secrets: { token: '__PWRD__' } }));
    try {
      await press('stored');
      assert.equal(heard[0], `Bearer ${secret}`);
      const calls = heard.length;
      const { answer } = await press('foreign');
      assert.equal((answer as { code: string }).code, 'INPUT_MISSING');
      assert.equal(heard.length, calls);
    } finally {
      listener.close();
    }
  });

  it('does not try a password again that was refused, however many look on', async () => {
    const wrong = { ...wap('wrong', { passwordEnv: '', tokenKind: 'usernamemixed' }), credentials: { password: 'no' } };
    const flows = (await world.nodeRed.flows()).filter(({ id }) => id !== 'wrong');
    await world.deploy([...flows, wrong]);
    const first = await ask('tested/wap-connection/wrong', json, null);
    assert.equal((first.answer as { code: string }).code, 'WAP_AUTH');
    assert.ok(first.called > 0);
    assert.equal((await ask('tested/wap-connection/wrong', json, null)).called, 0);
    assert.equal((await ask('tested/wap-connection/nobody', json, null)).status, 404);
  });

  it('makes no file and no folder in a test of a state', async () => {
    const folder = () => readdirSync(world.nodeRed.userDir).sort();
    const before = folder();
    const saved = state('x', { address: 'new-folder/new.sqlite' });
    const { answer } = await ask('check/billing-state', json, JSON.stringify({ id: 'x', saved, secrets: {} }));
    assert.deepEqual(answer, { ok: true, text: join(world.nodeRed.userDir, 'new-folder', 'new.sqlite') });
    assert.deepEqual(folder(), before);
  });

  it('tell the editor the providers and the default templates', async () => {
    const settings = await (await fetch(`${world.nodeRed.url}/settings`)).json();
    const names = ['rest', 'stripe', 'openmeter', 'lago', 'killbill'];
    assert.deepEqual(Object.keys(settings.billingConnectionProviders), names);
    assert.equal(settings.billingConnectionTemplates.read.path, '/offers/{key}');
  });
});
