import assert from 'node:assert/strict';
import type { FaultRule } from '../../../simulator/fault';
import type { WapSimulator } from '../../../simulator/wap/options';
import { startWapSimulator } from '../../../simulator/wap/server';
import { type Answer, adminOf, call, eventsOf, manualClock, tokenEnvelope } from './support';

describe('a fault switched on in a simulator', () => {
  const clock = manualClock();
  let wap: WapSimulator;
  let admin: ReturnType<typeof adminOf>;
  beforeEach(async () => {
    wap = await startWapSimulator({ ports: 0, clock });
    admin = adminOf(wap);
  });
  afterEach(() => wap.close());

  const create = (DisplayName = 'Gold'): Promise<Answer> => admin('POST', '/plans', { body: { DisplayName } });
  const names = () => wap.state.plans.map(plan => plan.DisplayName);

  const answered: Array<[rule: Omit<FaultRule, 'path'>, status: number, type: RegExp]> = [
    [{ kind: 'status' }, 500, /^application\/json/],
    [{ kind: 'status', status: 503 }, 503, /^application\/json/],
    [{ kind: 'rate', retryAfterS: 7 }, 429, /^application\/json/],
    [{ kind: 'html' }, 502, /^text\/html/],
    [{ kind: 'html', status: 200 }, 200, /^text\/html/],
  ];
  for (const [rule, status, type] of answered) {
    for (const afterEffect of [false, true]) {
      it(`answers ${rule.kind} ${status} ${afterEffect ? 'after' : 'without'} the effect`, async () => {
        wap.faults.add({ ...rule, path: '/plans', afterEffect });
        const answer = await create();
        assert.equal(answer.status, status);
        assert.match(answer.headers.get('content-type') ?? '', type);
        assert.equal(answer.headers.get('retry-after'), rule.kind === 'rate' ? '7' : null);
        if (rule.kind === 'html') assert.match(answer.text, /^<!DOCTYPE html>/);
        else assert.deepEqual(Object.keys(answer.body), ['Code', 'Message', 'Details']);
        assert.deepEqual(names(), afterEffect ? ['Gold'] : []);
      });
    }
  }

  for (const [kind, left] of [
    ['reset-before', []],
    ['reset-after', ['Gold']],
  ] as const) {
    it(`breaks the connection by ${kind}, the effect ${left.length > 0 ? 'done' : 'not done'}`, async () => {
      wap.faults.add({ kind, path: '/plans' });
      await assert.rejects(create(), /fetch failed/);
      assert.deepEqual(names(), left);
      assert.deepEqual(
        wap.log.entries({ path: '/plans' }).map(({ status, fault }) => ({ status, fault })),
        [{ status: null, fault: kind }],
      );
    });
  }

  it('cuts the answer in half, the effect done', async () => {
    wap.faults.add({ kind: 'cut-json', path: '/plans' });
    const { status, text } = await create();
    assert.equal(status, 201);
    assert.match(text, /^\{"DisplayName"/);
    assert.throws(() => JSON.parse(text), SyntaxError);
    assert.deepEqual(names(), ['Gold']);
  });

  it('sends broken JSON where the real answer has no body', async () => {
    wap.seed({ plans: [{ Id: 'Gold1', DisplayName: 'Gold' }] });
    wap.faults.add({ kind: 'cut-json', path: '/plans/Gold1' });
    assert.equal((await admin('DELETE', '/plans/Gold1')).text, '{');
    assert.deepEqual(names(), []);
  });

  it('delays by the clock', async () => {
    const sleeping = sleepersOf(clock);
    wap.faults.add({ kind: 'delay', path: '/plans', delayMs: 3000 });
    const answer = create();
    await sleeping;
    assert.deepEqual(names(), []);
    clock.advance(3000);
    assert.equal((await answer).status, 201);
  });

  for (const [kind, held] of [
    ['hold', ['Gold']],
    ['hold-before', []],
  ] as const) {
    it(`keeps the answer until it is released (${kind})`, async () => {
      const fault = wap.faults.add({ kind, path: '/plans' });
      const answer = create();
      await fault.untilHit();
      assert.deepEqual([fault.holding, names()], [1, held]);
      fault.release();
      assert.deepEqual([(await answer).status, names()], [201, ['Gold']]);
    });
  }

  it('meets as many requests as it is told, after those it lets pass', async () => {
    const fault = wap.faults.add({ kind: 'status', path: '/plans', skip: 1, times: 2 });
    const statuses: number[] = [];
    for (const name of ['a', 'b', 'c', 'd']) statuses.push((await create(name)).status);
    assert.deepEqual([statuses, fault.hits], [[201, 500, 500, 201], 2]);
  });

  it('goes on for ever when told so, until all are cleared', async () => {
    wap.faults.add({ kind: 'status', path: /./, times: Number.POSITIVE_INFINITY });
    assert.deepEqual([(await create()).status, (await create()).status, (await create()).status], [500, 500, 500]);
    wap.faults.clear();
    assert.equal((await create()).status, 201);
  });

  it('meets only its server, method and path', async () => {
    wap.faults.add({ kind: 'status', path: /\?startId=0/, server: 'usage', method: 'get' });
    assert.equal((await admin('GET', '/plans?startId=0')).status, 200);
    assert.equal((await eventsOf(wap, 'plans', 'startId=1&batchSize=1')).status, 200);
    assert.equal((await eventsOf(wap, 'plans')).status, 500);
  });

  it('meets the token sites too', async () => {
    wap.faults.add({ kind: 'rate', path: /./, server: 'sts' });
    const { name, password } = { name: 'admin', password: wap.credentials.password };
    const raw = tokenEnvelope(wap.stsUrl, { name, password }, 'http://azureservices/AdminSite');
    const headers = { 'content-type': 'application/soap+xml' };
    const first = await call('POST', wap.stsUrl, { raw, headers });
    const second = await call('POST', wap.stsUrl, { raw, headers });
    assert.deepEqual([first.status, second.status], [429, 200]);
  });

  it('lets no caller hang when the simulator is closed', async () => {
    const other = await startWapSimulator({ ports: 0, clock });
    const hold = other.faults.add({ kind: 'hold', path: '/plans' });
    const sleeping = sleepersOf(clock);
    other.faults.add({ kind: 'delay', path: '/addons', delayMs: 1000 });
    const held = adminOf(other)('GET', '/plans').catch(() => 'ended');
    const delayed = adminOf(other)('GET', '/addons').catch(() => 'ended');
    await Promise.all([hold.untilHit(), sleeping]);
    await other.close();
    await held;
    assert.equal(await delayed, 'ended');
  });

  it('counts what is open beside a request in the log', async () => {
    const fault = wap.faults.add({ kind: 'hold', path: '/plans', times: 2 });
    const both = [admin('GET', '/plans'), admin('GET', '/plans?x=1')];
    await fault.untilHit(2);
    fault.release();
    await Promise.all(both);
    await admin('GET', '/plans');
    assert.deepEqual(
      wap.log.entries({ method: 'GET' }).map(({ order, alongside }) => [order, alongside]),
      [
        [1, 0],
        [2, 1],
        [3, 0],
      ],
    );
  });

  it('leaves the page for people alone', async () => {
    const fault = wap.faults.add({ kind: 'reset-before', path: /./ });
    assert.deepEqual([(await call('GET', `${wap.adminUrl}/`)).status, fault.hits], [200, 0]);
  });
});

/** Resolves when somebody begins to sleep on the clock. */
function sleepersOf(clock: ReturnType<typeof manualClock>): Promise<void> {
  const sleep = clock.sleep;
  return new Promise(resolve => {
    clock.sleep = (ms, signal) => {
      clock.sleep = sleep;
      resolve();
      return sleep(ms, signal);
    };
  });
}
