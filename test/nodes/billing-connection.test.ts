import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { join } from 'node:path';
import type { BillingSimulator } from '../../simulator/billing/options';
import { startBillingSimulator } from '../../simulator/billing/server';
import { aPlan } from '../builders';
import type { FlowNode } from '../harness/admin-api';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode, repository } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { Bench, nodesOf } from './bench';

const tls = (file: string) => join(repository, 'test', 'data', 'tls', file);
const beside: FlowNode[] = [
  {
    ...{ id: 'trusting', type: 'tls-config', name: '', cert: '', key: '', p12: '' },
    ...{ ca: tls('localhost.cert.pem'), verifyservercert: true },
  },
  { id: 'unchecked', type: 'tls-config', name: '', cert: '', key: '', ca: '', p12: '', verifyservercert: false },
  { id: 'proxied', type: 'http proxy', name: '', url: 'http://127.0.0.1:9', noproxy: [] },
  {
    ...{ id: 'stored', type: 'billing-connection', name: '', provider: 'rest', baseUrl: '${BILLING_URL}' },
    ...{ auth: 'bearer', credentials: { token: 'a-token-for-tests' } },
  },
  {
    ...{ id: 'tailored', type: 'billing-connection', name: '', provider: 'rest', baseUrl: '${BILLING_URL}' },
    ...{ auth: 'header', headerName: 'Authorization', tokenEnv: 'WHOLE_HEADER', idempotencyHeader: 'Idempotency-Key' },
    templates: JSON.stringify({
      publish: null,
      create: {
        ...{ method: 'POST', path: '/offers', query: { from: '${SHOP:-nowhere}' } },
        body: '{ "key": key, "name": $uppercase(name), "kind": kind, "wap": plan.State, "via": target }',
      },
    }),
  },
];
const nodes = nodesOf('billing-plan-create', {
  stored: { billing: 'stored' },
  tailored: { billing: 'tailored', publish: false },
  unsellable: { billing: 'tailored' },
}).map(node => ({ ...node, id: `by-${node.id}` }));

/** What the dialog holds when it is opened for the first time, but for the token. */
const fresh = {
  ...{ provider: 'rest', baseUrl: '${BILLING_URL:-http://127.0.0.1:30100}', target: '', auth: 'bearer', user: '' },
  ...{ headerName: 'X-Api-Key', tokenEnv: 'BILLING_TOKEN', passwordEnv: '', idempotencyHeader: '', tls: '', proxy: '' },
  ...{ attemptSeconds: '1', totalSeconds: '2', retries: '0', templates: '{}' },
};

onMajorsOfThisNode('billing-connection', major => {
  let world: World<InProcess>;
  let bench: Bench;
  let secure: BillingSimulator;
  let peer: Server;
  let seen: IncomingHttpHeaders = {};

  before(async function () {
    this.timeout(120_000);
    secure = await startBillingSimulator({
      ...{ port: 0, token: 'a-token-for-tests' },
      tls: { key: readFileSync(tls('localhost.key.pem')), cert: readFileSync(tls('localhost.cert.pem')) },
    });
    peer = createServer((request, response) => {
      seen = request.headers;
      response.setHeader('content-type', 'application/json');
      if (!request.url?.startsWith('/repeats')) return void response.end('[]');
      response.statusCode = 403;
      const message = `No: ${decodeURIComponent(request.url)} with ${request.headers.authorization}`;
      response.end(JSON.stringify({ message }));
    });
    await new Promise<void>(resolve => peer.listen(0, '127.0.0.1', resolve));
    const address = peer.address();
    const peerUrl = address !== null && typeof address === 'object' ? `http://127.0.0.1:${address.port}` : '';
    const env = {
      ...{ WRONG_TOKEN: 'no', WHOLE_HEADER: 'Bearer a-token-for-tests', SHOP: 'wap' },
      ...{ TEMPLATE_KEY: 'template-key-4711' },
      ...{ PEER_URL: peerUrl, SECURE_URL: secure.url, PORT: secure.url.replace(/^.*:/, '') },
    };
    world = await startInProcessWorld({ major, env, billing: { token: 'a-token-for-tests' } });
    bench = await Bench.start(world, beside, nodes);
  });
  after(async () => {
    await world.stop();
    await secure.close();
    peer.close();
    peer.closeAllConnections();
  });
  afterEach(() => world.billing.faults.clear());

  /** What the Test connection button does. */
  const check = async (saved: object, secrets: object = {}, id = 'not-deployed-yet') => {
    const response = await fetch(`${world.nodeRed.url}/wap-billing/check/billing-connection`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id, saved: { ...fresh, ...saved }, secrets }),
    });
    assert.equal(response.status, 200);
    return (await response.json()) as { ok: boolean; text: string; code?: string; parts?: object[] };
  };

  it('asks for a second secret only where one is wanted', async () => {
    const unset = { secondSecretEnv: 'NOT_SET_ANYWHERE' };
    assert.equal((await check(unset)).ok, true);
    assert.equal((await check({ ...unset, options: '{"secondHeader":"X-Second"}' })).code, 'INPUT_MISSING');
    const killBill = { provider: 'killbill', user: 'admin', passwordEnv: 'WRONG_TOKEN', options: '{"apiKey":"t"}' };
    assert.match((await check({ ...killBill, secondSecretEnv: '' })).text, /^Second secret is empty/);
    const euro = { provider: 'stripe', tokenEnv: 'WRONG_TOKEN', options: '{"currency":"Euro"}' };
    assert.match((await check(euro)).text, /^Currency is a text of 4 characters\. Write it like EUR/);
  });

  it('tests what the dialog holds, before it is deployed', async () => {
    const answer = await check({});
    const target = new URL(world.billing.url).host;
    assert.deepEqual(answer, {
      ok: true,
      text: '',
      parts: [
        { part: 'billing', ok: true, found: 'billing', values: { target } },
        { part: 'certificate', ok: null, found: 'noCertificate' },
      ],
    });
  });

  it('tests a token typed just now, and one stored before', async () => {
    assert.equal((await check({ tokenEnv: '' }, { token: 'a-token-for-tests' })).ok, true);
    assert.equal((await check({ tokenEnv: '' }, { token: '__PWRD__' }, 'stored')).ok, true);
    assert.equal((await check({ tokenEnv: '' }, { token: 'another' })).code, 'BILLING_AUTH');
  });

  it('shows neither the token nor what came into a template, when billing repeats them', async () => {
    const question = { method: 'GET', path: '/repeats', query: { shop: '${TEMPLATE_KEY}' } };
    const answer = await check({ baseUrl: '${PEER_URL}', templates: JSON.stringify({ check: question }) });
    assert.match(answer.text, /No: \/repeats\?shop=\*\*\* with (Bearer )?\*\*\*/);
  });

  it('ends a template that never ends', async () => {
    const question = { method: 'GET', path: '/{($f := function(){ $f() }; $f())}' };
    const answer = await check({ templates: JSON.stringify({ check: question }) });
    assert.equal(answer.code, 'BILLING_TEMPLATE');
    assert.match(answer.text, /worked for more than 5 s/);
  }).timeout(60_000);

  it('speaks TLS 1.1 where the connection allows it', async () => {
    const files = { key: readFileSync(tls('old.key.pem')), cert: readFileSync(tls('old.cert.pem')) };
    const only = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const server = createSecureServer({ ...files, ...only }, (_request, response) => response.end('{}'));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const saved = { baseUrl: `https://127.0.0.1:${port}`, tls: 'unchecked' };
    const refused = await check({ ...saved, oldTls: false });
    assert.deepEqual([refused.ok, refused.code], [false, 'BILLING_TLS']);
    assert.match(refused.text, /TLS 1\.0 or 1\.1 only.*Allow old TLS/);
    assert.equal((await check({ ...saved, oldTls: true })).ok, true);
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  it('uses the short name as the target', async () => {
    const { parts = [] } = await check({ target: 'billing1' });
    assert.deepEqual(parts[0], { part: 'billing', ok: true, found: 'billing', values: { target: 'billing1' } });
  });

  for (const [auth, settings, secrets, header, value] of [
    ['bearer', {}, {}, 'authorization', 'Bearer a-token-for-tests'],
    ['basic', { user: 'me' }, { password: 'secret' }, 'authorization', 'Basic bWU6c2VjcmV0'],
    ['header', { headerName: 'X-Key' }, {}, 'x-key', 'a-token-for-tests'],
    ['none', {}, {}, 'authorization', undefined],
  ] as const) {
    it(`signs in by ${auth}`, async () => {
      const answer = await check({ baseUrl: '${PEER_URL}', auth, ...settings }, secrets);
      assert.deepEqual([answer.ok, seen[header]], [true, value]);
    });
  }

  for (const [title, saved, code, field] of [
    ['no token', { tokenEnv: '' }, 'INPUT_MISSING', 'Token'],
    ['no user', { auth: 'basic' }, 'INPUT_MISSING', 'User'],
    ['an unknown way to sign in', { auth: 'magic' }, 'INPUT_INVALID', 'Sign in by'],
    ['an unknown provider', { provider: 'abacus' }, 'INPUT_INVALID', 'Provider'],
    ['an address without a scheme', { baseUrl: 'billing' }, 'INPUT_INVALID', 'Address'],
    ['a variable that is not set', { baseUrl: '${NO_SUCH_VARIABLE}' }, 'INPUT_MISSING', 'Address'],
    ['a limit that is no number', { attemptSeconds: 'long' }, 'INPUT_INVALID', 'Attempt limit (s)'],
    ['templates that are not JSON', { templates: '{' }, 'INPUT_INVALID', 'Templates'],
    [
      'a misspelt field of a template',
      { templates: '{"read":{"methd":"GET"}}' },
      'INPUT_INVALID',
      'Templates › Read one offer › methd',
    ],
    ['a broken expression', { templates: '{"answer":"{"}' }, 'BILLING_TEMPLATE', 'Templates › Answer → key'],
    ['a TLS node that is not deployed', { tls: 'nowhere' }, 'INPUT_CONFIG', 'TLS'],
    ['a target with a blank', { target: 'my billing' }, 'INPUT_INVALID', 'Target'],
  ] as const) {
    it(`names the field when given ${title}`, async () => {
      const answer = await check(saved);
      assert.deepEqual([answer.ok, answer.code], [false, code]);
      assert.ok(answer.text.includes(field), answer.text);
      assert.ok(!answer.text.includes('a-token-for-tests'));
    });
  }

  it('verifies certificates, and takes those that the TLS node trusts', async () => {
    assert.equal((await check({ baseUrl: '${SECURE_URL}' })).code, 'BILLING_TLS');
    assert.equal((await check({ baseUrl: 'https://127.0.0.1:${PORT}', tls: 'trusting' })).ok, true);
  });

  it('goes through the proxy of the proxy node', async () => {
    assert.equal((await check({ proxy: 'proxied' })).code, 'BILLING_NETWORK');
  });

  it('gives up after the attempt limit', async () => {
    world.billing.faults.add({ kind: 'hold', path: '/offers' });
    assert.equal((await check({})).code, 'BILLING_TIMEOUT');
  });

  it('takes a stored token when flows run', async () => {
    const { payload } = await bench.answer('by-stored', { wap: { kind: 'plan', plan: aPlan({ Id: 'stored' }) } });
    assert.equal((payload as { state: string }).state, 'active');
  });

  it('speaks by the templates changed in the dialog', async () => {
    await bench.answer('by-tailored', { wap: { kind: 'plan', plan: aPlan({ Id: 'tailored' }) } });
    const offer = world.billing.state.offers.find(({ key }) => key === 'tailored');
    assert.deepEqual([offer?.name, offer?.wap, offer?.via], ['GOLD', 1, new URL(world.billing.url).host]);
    const [create] = world.log.entries({ method: 'POST', path: /^\/offers\?/ });
    assert.equal(create?.path, '/offers?from=wap');
  });

  it('says which template is missing when it was taken away', async () => {
    const { code, cause, message } = await bench.error('by-unsellable', {
      wap: { kind: 'plan', plan: aPlan({ Id: 'unsellable' }) },
    });
    assert.deepEqual([code, cause.subject], ['INPUT_CONFIG', 'templates.publish']);
    assert.match(message, /no call for publish.*“Templates › Make an offer active”/);
  });

  it('keeps stored secrets out of the flow that can be read back', async () => {
    assert.ok(!JSON.stringify(await world.nodeRed.flows()).includes('a-token-for-tests'));
  });
});
