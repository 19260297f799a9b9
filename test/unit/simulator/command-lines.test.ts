import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { controlOfBilling, controlOfWap } from '../../../simulator/control';
import { startAdapter } from './adapter';
import { call } from './support';

const anyPorts = ['--admin-port', '0', '--usage-port', '0', '--sts-port', '0', '--windows-port', '0'];

describe('the command-line simulators', () => {
  const running: ChildProcess[] = [];
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'simulator-cli-'));
  });
  after(() => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  function run(system: 'wap' | 'billing', args: string[], env: Record<string, string> = {}) {
    const file = path.join(__dirname, `../../../simulator/${system}-simulator.ts`);
    const child = spawn(process.execPath, ['-r', 'tsx/cjs', file, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(child);
    let out = '';
    let err = '';
    child.stderr.on('data', text => {
      err += text;
    });
    const started = new Promise<Record<string, string>>((resolve, reject) => {
      child.stdout.on('data', text => {
        out += text;
        const last = system === 'wap' ? /WAP_USAGE_PASSWORD=.*\n/ : /BILLING_TOKEN=.*\n/;
        if (last.test(out)) resolve(settingsIn(out));
      });
      child.on('exit', code => reject(new Error(`ended with ${code}: ${err}`)));
    });
    started.catch(() => undefined);
    const ended = once(child, 'close').then(([code]) => ({ code, out, err }));
    return { child, started, ended };
  }

  for (const system of ['wap', 'billing'] as const) {
    it(`explain every option of ${system}-simulator`, async () => {
      const { code, out, err } = await run(system, ['--help']).ended;
      assert.deepEqual([code, err], [0, '']);
      const source = readFileSync(path.join(__dirname, `../../../simulator/${system}/cli.ts`), 'utf8');
      const options = [...source.matchAll(/^ {6}'?([a-z-]+)'?: (?:text|\{ type)/gm)].map(match => match[1]);
      assert.ok(options.length >= 9);
      for (const option of options) assert.match(out, new RegExp(`--${option}\\b`));
    });
  }

  it('print settings that work, and keep the state of WAP over a stop by Ctrl-C', async () => {
    const state = path.join(folder, 'wap.json');
    const data = path.join(folder, 'data.json');
    writeFileSync(data, JSON.stringify({ plans: [{ DisplayName: 'Gold' }] }));
    const args = [...anyPorts, '--state', state, '--data', data, '--sts-kind', 'bearer'];
    const first = run('wap', args);
    const settings = await first.started;
    assert.deepEqual(Object.keys(settings), [
      'WAP_ADMIN_URL',
      'WAP_USAGE_URL',
      'WAP_STS_URL',
      'WAP_STS_KIND',
      'WAP_USER',
      'WAP_PASSWORD',
      'WAP_TOKEN',
      'WAP_USAGE_USER',
      'WAP_USAGE_PASSWORD',
    ]);
    const headers = { authorization: `Bearer ${settings.WAP_TOKEN}`, 'x-ms-principal-id': 'anna' };
    const url = `${settings.WAP_ADMIN_URL}/plans`;
    assert.equal((await call('POST', url, { body: { DisplayName: 'Silver' }, headers })).status, 201);
    first.child.kill('SIGINT');
    assert.equal((await first.ended).code, 0);

    const second = run('wap', args);
    const { plans } = await controlOfWap((await second.started).WAP_ADMIN_URL ?? '').state();
    assert.deepEqual(
      plans.map(plan => plan.DisplayName),
      ['Gold', 'Silver'],
    );
    second.child.kill('SIGTERM');
    assert.equal((await second.ended).code, 0);
  });

  it('take secrets from the environment and rules from the command line', async () => {
    const rules = ['--offer-delay', '^a=b$=never', '--offer-delay', 'Slow=60000', '--default-delay', '0'];
    const billing = run('billing', ['--port', '0', ...rules], { BILLING_TOKEN: 'from the environment' });
    const { BILLING_URL: url = '', BILLING_TOKEN } = await billing.started;
    assert.equal(BILLING_TOKEN, "'from the environment'");
    billing.child.kill();
    assert.equal((await billing.ended).code, 0);
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('begin with a demo, or with many subscriptions and much usage, and not again over a known state', async () => {
    const state = path.join(folder, 'demo.json');
    const args = [
      ...anyPorts,
      '--state',
      state,
      '--demo',
      '--usage',
      '100000',
      '--usage-odd',
      '0',
      '--retention-days',
      '7',
    ];
    for (const _start of ['first', 'again']) {
      const { child, started, ended } = run('wap', args);
      const control = controlOfWap((await started).WAP_ADMIN_URL ?? '');
      const { plans, subscriptions, users } = await control.state();
      assert.deepEqual(
        plans.map(plan => [plan.DisplayName, plan.State, plan.ConfigState]),
        [
          ['Starter Databases', 1, 1],
          ['Team Databases', 1, 1],
        ],
      );
      assert.deepEqual([subscriptions.map(known => known.State), users.length], [[1, 2, 1], 3]);
      let last = 0;
      for await (const record of control.expectedUsage({ fromId: 399_000 })) last = record.EventId;
      assert.ok(last > 399_900, `the last id is ${last}`);
      child.kill();
      assert.equal((await ended).code, 0);
    }
  });

  it('ask the adapter of --approval-endpoint, with its credentials', async () => {
    const adapter = await startAdapter();
    try {
      const endpoint = ['--approval-endpoint', adapter.url, '--approval-user', 'wap', '--approval-timeout', '5'];
      const { child, started, ended } = run('wap', [...anyPorts, '--demo', ...endpoint], {
        WAP_APPROVAL_PASSWORD: 'a secret',
      });
      const { tenant } = controlOfWap((await started).WAP_ADMIN_URL ?? '');
      assert.equal((await tenant.subscribe('Silverdemo0001', 'dora@four.example')).accepted, true);
      assert.equal(
        adapter.received[0]?.headers.authorization,
        `Basic ${Buffer.from('wap:a secret').toString('base64')}`,
      );
      child.kill();
      await ended;
    } finally {
      await adapter.stop();
    }
  });

  it('limit the usage intake as told', async () => {
    const limits = [
      '--ledger',
      'digest',
      '--usage-batch',
      '1',
      '--meter',
      'space',
      '--usage-known',
      '--rate-limit',
      '1',
    ];
    const { child, started, ended } = run('billing', ['--port', '0', ...limits, '--dedupe-window', '60']);
    const { BILLING_URL: url = '', BILLING_TOKEN } = await started;
    const headers = { authorization: `Bearer ${BILLING_TOKEN}` };
    const { body } = await call('POST', `${url}/usage`, { body: { records: [{ id: 'a', meter: 'space' }] }, headers });
    assert.match(JSON.stringify(body), /The subscription is not known/);
    child.kill();
    await ended;
  });

  it('delay offers by their rules', async () => {
    const billing = run('billing', ['--port', '0', '--quiet', '--offer-delay', '^a=b$=never']);
    const { BILLING_URL: url = '', BILLING_TOKEN } = await billing.started;
    const headers = { authorization: `Bearer ${BILLING_TOKEN}` };
    for (const name of ['a=b', 'c']) {
      await call('POST', `${url}/offers`, { body: { key: name, name, kind: 'plan' }, headers });
    }
    const { visibleAt } = await controlOfBilling(url).state();
    assert.deepEqual([visibleAt['a=b'], typeof visibleAt.c], [null, 'number']);
    billing.child.kill();
    await billing.ended;
  });

  it('say in one line that a port is taken, and end with 1', async () => {
    const first = run('billing', ['--port', '0']);
    const port = new URL((await first.started).BILLING_URL ?? '').port;
    const { code, out, err } = await run('billing', ['--port', port]).ended;
    assert.deepEqual([code, out], [1, '']);
    assert.equal(err, `Port ${port} is in use by another program: end it, or choose a port (see --help).\n`);
    const wap = await run('wap', [...anyPorts, '--windows-port', port]).ended;
    assert.deepEqual([wap.code, wap.err], [1, err]);
    first.child.kill();
    await first.ended;
  });

  const mistakes: Array<[system: 'wap' | 'billing', args: string[], line: RegExp]> = [
    ['billing', ['--offer-delay', 'Gold'], /^--offer-delay must be <regex>=<ms\|never>, not "Gold"\.$/],
    ['billing', ['--offer-delay', '(=1'], /^"\(" is not a regular expression\.$/],
    ['billing', ['--prot', '1'], /^Unknown option '--prot'\. See --help\.$/],
    ['wap', ['--admin-port', '65536'], /^--admin-port must be a port \(0 to 65535\)\.$/],
    ['wap', ['--usage', '10', '--usage-late', '2'], /^--usage-late must be a number from 0 to 1, not "2"\.$/],
    ['billing', ['--ledger', 'none'], /^--ledger must be full or digest\.$/],
    ['wap', ['--sts-kind', 'x'], /^--sts-kind must be one of usernamemixed, windows, bearer\.$/],
  ];
  for (const [system, args, line] of mistakes) {
    it(`answer "${args.join(' ')}" with one line and end with 2`, async () => {
      const { code, out, err } = await run(system, args).ended;
      assert.deepEqual([code, out], [2, '']);
      assert.match(err.trimEnd(), line);
    });
  }
});

function settingsIn(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = '', value]) => [name, value ?? '']),
  );
}
