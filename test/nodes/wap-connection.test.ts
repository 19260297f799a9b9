import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WapSimulator } from '../../simulator/wap/options';
import { startWapSimulator } from '../../simulator/wap/server';
import type { FlowNode } from '../harness/admin-api';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode, repository } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { Bench, nodesOf, type Properties } from './bench';

const tls = (file: string) => join(repository, 'test', 'data', 'tls', file);
const secrets = { token: 'a-token-for-tests', password: 'a-password-for-tests', usagePassword: 'a-usage-password' };

/** What the dialog holds when it is opened for the first time, but for the secrets and the limits. */
const fresh = {
  ...{ adminUrl: '${WAP_ADMIN_URL:-http://127.0.0.1:30004}', usageUrl: '${WAP_USAGE_URL:-http://127.0.0.1:30022}' },
  ...{ installation: '', principal: '${WAP_PRINCIPAL:-wap-billing}', realm: 'http://azureservices/AdminSite' },
  ...{ tokenKind: '${WAP_STS_KIND:-usernamemixed}', stsUrl: '${WAP_STS_URL:-http://127.0.0.1:30071}' },
  ...{ user: '${WAP_USER:-admin}', tokenEnv: '', passwordEnv: 'WAP_PASSWORD' },
  ...{ usageUser: '${WAP_USAGE_USER:-UsageClient}', usagePasswordEnv: 'WAP_USAGE_PASSWORD', tls: '', proxy: '' },
  ...{ attemptSeconds: '1', totalSeconds: '2', retries: '0' },
};
const connection = (id: string, more: Properties): FlowNode => ({
  ...{ id, type: 'wap-connection', name: '', ...fresh },
  ...more,
});

const stored = { passwordEnv: '', usagePasswordEnv: '', tokenEnv: '', credentials: secrets };
const ways: FlowNode[] = [
  connection('by-bearer', { tokenKind: 'bearer', tokenEnv: 'WAP_TOKEN' }),
  connection('by-usernamemixed', { tokenKind: 'usernamemixed', stsUrl: '${SITE}' }),
  connection('by-adfs', { tokenKind: 'usernamemixed', stsUrl: '${ADFS}' }),
  connection('by-windows', { tokenKind: 'windows', stsUrl: '${WINDOWS}' }),
  connection('by-stored', stored),
];
const beside: FlowNode[] = [
  {
    ...{ id: 'trusting', type: 'tls-config', name: '', cert: '', key: '', p12: '' },
    ...{ ca: tls('localhost.cert.pem'), verifyservercert: true },
  },
  { id: 'proxied', type: 'http proxy', name: '', url: 'http://127.0.0.1:9', noproxy: [] },
];
const nodes = nodesOf('wap-plan-get', Object.fromEntries(ways.map(({ id }) => [`plans-${id}`, { connection: id }])), {
  mode: 'list',
  kind: 'plan',
  kindType: 'str',
  outputs: 2,
});

onMajorsOfThisNode('wap-connection', major => {
  let world: World<InProcess>;
  let bench: Bench;
  let secure: WapSimulator;

  before(async function () {
    this.timeout(120_000);
    const files = { key: readFileSync(tls('localhost.key.pem')), cert: readFileSync(tls('localhost.cert.pem')) };
    secure = await startWapSimulator({ ports: 0, tls: files, token: secrets.token });
    world = await startInProcessWorld({
      major,
      wap: { token: secrets.token, password: secrets.password, usagePassword: secrets.usagePassword },
      env: { WRONG: 'no', SECURE_URL: secure.adminUrl, SECURE_PORT: new URL(secure.adminUrl).port },
      envOf: ({ wap }) => ({ SITE: new URL(wap.stsUrl).origin, ADFS: wap.adfsUrl, WINDOWS: wap.windowsUrl }),
    });
    bench = await Bench.start(world, [...ways, ...beside], nodes);
  });
  after(async () => {
    await world.stop();
    await secure.close();
  });
  afterEach(() => world.wap.faults.clear());

  interface Checked {
    ok: boolean;
    text: string;
    code?: string;
    parts?: Array<{ part: string; ok: boolean | null; found?: string; text?: string }>;
  }

  /** What the Test connection button does. */
  async function check(saved: object, typed: object = {}, id = 'not-deployed-yet'): Promise<Checked> {
    const response = await fetch(`${world.nodeRed.url}/wap-billing/check/wap-connection`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id, saved: { ...fresh, ...saved }, secrets: typed }),
    });
    assert.equal(response.status, 200);
    return (await response.json()) as Checked;
  }

  const asked = (server: 'sts' | 'windows') => world.log.entries({ server, method: 'POST' }).length;

  for (const { id } of ways)
    it(`gets a token and reads plans: ${id}`, async () => {
      await bench.answer(`plans-${id}`);
      assert.deepEqual(await bench.tally(`plans-${id}`), { complete: 1, error: 0, sent: 1 });
    });

  it('asks for one token whatever comes at once, and for one again when WAP takes it back', async () => {
    const before = asked('sts');
    world.wap.revokeTokens();
    const sent = bench.sent('plans-by-usernamemixed').length;
    await Promise.all(Array.from({ length: 5 }, () => world.inject('plans-by-usernamemixed')));
    await world.message('plans-by-usernamemixed 0', sent + 5);
    assert.equal(asked('sts'), before + 1);
    await bench.answer('plans-by-usernamemixed');
    assert.equal(asked('sts'), before + 1);
  });

  it('tests what the dialog holds, before it is deployed', async () => {
    assert.deepEqual(await check({}), {
      ok: true,
      text: '',
      parts: [
        { part: 'token', ok: true, found: 'token' },
        { part: 'admin', ok: true, found: 'plans', values: { count: 0 } },
        { part: 'usage', ok: true, found: 'usage' },
        { part: 'certificate', ok: null, found: 'noCertificate' },
      ],
    });
    assert.deepEqual((await check({ usageUrl: '' })).parts?.[2], { part: 'usage', ok: null, found: 'noUsage' });
  });

  it('tests a password typed just now, and one stored before', async () => {
    assert.equal((await check({ passwordEnv: '' }, { password: secrets.password })).ok, true);
    assert.equal((await check({ passwordEnv: '' }, { password: '__PWRD__' }, 'by-stored')).ok, true);
    assert.equal((await check({ passwordEnv: '' }, { password: 'another' })).code, 'WAP_AUTH');
  });

  for (const [title, saved, code, said] of [
    ['a wrong password', { passwordEnv: 'WRONG' }, 'WAP_AUTH', /401|credentials|password/i],
    [
      'a wrong password of the Windows site',
      { tokenKind: 'windows', stsUrl: '${WINDOWS}', passwordEnv: 'WRONG' },
      'WAP_AUTH',
      /./,
    ],
    ['a wrong token', { tokenKind: 'bearer', tokenEnv: 'WRONG' }, 'WAP_AUTH', /./],
    ['a wrong password of the usage API', { usagePasswordEnv: 'WRONG' }, 'WAP_AUTH', /./],
    ['nobody at the address', { adminUrl: 'http://127.0.0.1:9' }, 'WAP_NETWORK', /127\.0\.0\.1:9/],
    ['nobody at the token site', { stsUrl: 'http://127.0.0.1:9' }, 'WAP_NETWORK', /127\.0\.0\.1:9/],
    ['a proxy that is away', { proxy: 'proxied' }, 'WAP_NETWORK', /proxy/],
    ['a certificate nobody knows', { adminUrl: '${SECURE_URL}' }, 'WAP_TLS', /certificate/i],
    ['a TLS node that is not deployed', { tls: 'nowhere' }, 'INPUT_CONFIG', /TLS:/],
    ['an address without a scheme', { adminUrl: 'wap' }, 'INPUT_INVALID', /Admin API:/],
    ['an unknown way to a token', { tokenKind: 'magic' }, 'INPUT_INVALID', /Get a token by:/],
    ['a variable that is not set', { adminUrl: '${NO_SUCH}' }, 'INPUT_MISSING', /NO_SUCH/],
    ['a secret that is not set', { passwordEnv: 'NO_SUCH' }, 'INPUT_MISSING', /NO_SUCH/],
    ['no password', { passwordEnv: '' }, 'INPUT_MISSING', /Password:/],
    ['no token', { tokenKind: 'bearer' }, 'INPUT_MISSING', /Token:/],
    ['a limit that is no number', { attemptSeconds: 'long' }, 'INPUT_INVALID', /Attempt limit \(s\):/],
  ] as const)
    it(`Test connection says what is wrong with ${title}, and no secret`, async () => {
      const answer = await check(saved);
      assert.deepEqual([answer.ok, answer.code], [false, code], answer.text);
      assert.match(answer.text, said);
      for (const secret of Object.values(secrets)) assert.ok(!answer.text.includes(secret));
    });

  it('takes the certificate that the TLS node trusts', async () => {
    const saved = { adminUrl: 'https://127.0.0.1:${SECURE_PORT}', usageUrl: '', tokenKind: 'bearer' };
    assert.equal((await check({ ...saved, tokenEnv: 'WAP_TOKEN', tls: 'trusting' })).ok, true);
  });

  it('gives up after the attempt limit', async () => {
    world.wap.faults.add({ kind: 'hold', server: 'admin', path: '/plans' });
    assert.equal((await check({})).code, 'WAP_TIMEOUT');
  });
});
