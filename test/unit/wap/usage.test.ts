import assert from 'node:assert/strict';
import { AdapterError } from '../../../lib/errors';
import { openWap } from '../../../lib/wap/connection';
import { eventFeeds } from '../../../lib/wap/types';
import { anEvent, aQuota } from '../../builders';
import { aUsageRecord } from '../feeds/memory-usage';
import type { Peer } from '../http/peer';
import { json, startPeer } from '../http/peer';
import type { World } from './world';
import { failure, startWorld } from './world';

describe('usage client', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(() => world.close());

  const usage = () => world.wap.usage;

  it('reads the events that every change raised, from each feed', async () => {
    world.sim.seed({
      addons: [{ Id: 'More', DisplayName: 'More', ServiceQuotas: [aQuota()] }],
      plans: [{ Id: 'Gold1', DisplayName: 'Gold', ServiceQuotas: [aQuota()], AddOnReferences: [] }],
    });
    await world.wap.admin.linkAddOn('Gold1', 'More');
    for (const feed of eventFeeds) {
      const events = await usage().events(feed, 0, 100);
      const raised = world.sim.state.events.filter(event => event.feed === feed).map(event => event.EventId);
      // WAP does not offer the last one.
      const expected = feed === 'addOnServices' ? undefined : raised;
      assert.deepEqual(
        events?.map(event => event.EventId),
        expected,
      );
    }
  });

  it('reads usage records with the bytes they came in, page by page', async () => {
    world.sim.seed({ usage: [1, 2, 3].map(EventId => aUsageRecord({ EventId })) });
    const { records, json } = await usage().records(2, 1);
    assert.deepEqual(
      records.map(({ EventId, Resources }) => [EventId, Resources]),
      [[2, { DatabaseCount: '1' }]],
    );
    assert.deepEqual(JSON.parse(Buffer.from(json).toString()), records);
    assert.deepEqual((await usage().records(4, 10)).records, []);
    assert.equal((await failure(usage().records(-1, 1), 'INPUT_INVALID')).cause.subject, 'startId');
    assert.equal((await failure(usage().records(0, 10_001), 'INPUT_INVALID')).cause.subject, 'batchSize');
  });

  it('pages inclusively from startId and ends with an empty page', async () => {
    world.sim.seed({ plans: ['A', 'B', 'C'].map(DisplayName => ({ DisplayName })) });
    const all = (await usage().events('plans', 0, 100)) ?? [];
    const second = all[1]?.EventId ?? 0;
    assert.deepEqual(await usage().events('plans', second, 1), [all[1]]);
    assert.deepEqual(await usage().events('plans', (all.at(-1)?.EventId ?? 0) + 1, 100), []);
  });

  it('has one request in flight for each feed', async () => {
    const held = world.sim.faults.add({ kind: 'hold', server: 'usage', path: '/billing/plans' });
    const reads = Array.from({ length: 5 }, () => usage().events('plans', 0, 10));
    const other = usage().events('addons', 0, 10);
    await held.untilHit();
    assert.deepEqual(await other, []);
    assert.equal(world.sim.log.entries({ server: 'usage', path: '/billing/plans' }).length, 1);
    held.release();
    await Promise.all(reads);
    const log = world.sim.log.entries({ server: 'usage', path: '/billing/plans' });
    assert.deepEqual(
      log.map(entry => entry.alongside),
      [0, 0, 0, 0, 0],
    );
  });

  it('goes on with the next in the queue after a failure and after one left it', async () => {
    const held = world.sim.faults.add({ kind: 'hold-before', server: 'usage', path: '/billing/plans' });
    world.sim.faults.add({ kind: 'status', status: 403, server: 'usage', path: '/billing/plans' });
    const abort = new AbortController();
    const first = usage().events('plans', 0, 10);
    const leaving = failure(usage().events('plans', 0, 10, { signal: abort.signal }), 'ABORTED');
    const refused = failure(usage().events('plans', 0, 10), 'WAP_FORBIDDEN');
    const last = usage().events('plans', 0, 10);
    await held.untilHit();
    abort.abort();
    await leaving;
    held.release();
    await refused;
    assert.deepEqual(await Promise.all([first, last]), [[], []]);
  });

  it('is WAP_AUTH for wrong credentials, at once', async () => {
    const wap = world.open({ usage: { user: 'UsageClient', password: 'geheim-123' } });
    const error = await failure(wap.usage.events('plans', 0, 1), 'WAP_AUTH');
    assert.doesNotMatch(error.message, /geheim-123/);
    assert.equal(world.sim.log.entries({ server: 'usage' }).length, 1);
  });

  for (const [startId, batchSize, field] of [
    [-1, 1, 'startId'],
    [0.5, 1, 'startId'],
    [0, 0, 'batchSize'],
    [0, 10_001, 'batchSize'],
    [0, Number.NaN, 'batchSize'],
  ] as const)
    it(`refuses startId ${startId} with batchSize ${batchSize} before any call`, async () => {
      assert.equal((await failure(usage().events('plans', startId, batchSize), 'INPUT_INVALID')).cause.subject, field);
      assert.deepEqual(world.sim.log.entries(), []);
    });

  for (const fault of ['reset-before', 'cut-json', 'status', 'rate', 'html'] as const)
    it(`reads again after ${fault}`, async () => {
      world.sim.seed({ plans: [{ DisplayName: 'A' }] });
      world.sim.faults.add({ kind: fault, server: 'usage', path: '/billing/plans' });
      const ids = world.sim.state.events.filter(event => event.feed === 'plans').map(event => event.EventId);
      const events = await usage().events('plans', 0, 10);
      assert.deepEqual(
        events?.map(event => event.EventId),
        ids,
      );
    });

  describe('of another make', () => {
    let peer: Peer;
    afterEach(() => peer.close());

    it('sorts what came in another order', async () => {
      peer = await startPeer([
        json(
          200,
          [3, 1, 2].map(EventId => anEvent({ EventId })),
        ),
      ]);
      const events = await world.open({ usageUrl: peer.url }).usage.events('plans', 0, 10);
      assert.deepEqual(
        events?.map(event => event.EventId),
        [1, 2, 3],
      );
    });

    for (const body of [{ items: [] }, 'x', null, [anEvent(), { EventId: 'x' }]])
      it(`refuses ${JSON.stringify(body).slice(0, 20)} as a page`, async () => {
        peer = await startPeer([json(200, body)]);
        await failure(world.open({ usageUrl: peer.url }).usage.events('plans', 0, 10), 'WAP_BAD_RESPONSE');
      });
  });
});

describe('WAP connection', () => {
  let world: World;
  before(async () => {
    world = await startWorld();
  });
  after(() => world.close());

  it('is named after the host unless it has a name', () => {
    assert.equal(world.wap.installation, new URL(world.sim.adminUrl).host);
    assert.equal(world.open({ installation: 'north' }).installation, 'north');
  });

  it('tells what answered when it is checked', async () => {
    const { signal } = new AbortController();
    assert.deepEqual(await world.wap.check(signal), [
      { part: 'token', ok: true, found: 'token' },
      { part: 'admin', ok: true, found: 'plans', values: { count: 0 } },
      { part: 'usage', ok: true, found: 'usage' },
      { part: 'certificate', ok: null, found: 'noCertificate' },
    ]);
    const usageUrl = world.sim.adminUrl;
    const [, admin, usage] = await world.open({ usageUrl }).check(signal);
    assert.deepEqual([admin?.ok, usage?.ok], [true, false]);
    assert.match(String(usage?.error), /usage API/);
  });

  it('names the missing address when feeds are read without a usage API', async () => {
    const wap = openWap({
      adminUrl: world.sim.adminUrl,
      principal: 'x',
      token: { kind: 'bearer', token: 'fixed-token' },
    });
    assert.equal((await failure(wap.usage.events('plans', 0, 1), 'INPUT_MISSING')).cause.subject, 'usageUrl');
    const [, , usage] = await wap.check(new AbortController().signal);
    assert.deepEqual(usage, { part: 'usage', ok: null, found: 'noUsage' });
    wap.close();
  });

  it('aborts what comes after close', async () => {
    const wap = world.open();
    wap.close();
    await failure(wap.admin.list('plan'), 'ABORTED');
    await failure(wap.usage.events('plans', 0, 1), 'ABORTED');
  });

  const site = { kind: 'usernamemixed' as const, stsUrl: 'https://sts', user: 'u', password: 'geheim-123' };
  for (const [field, settings] of [
    ['adminUrl', { adminUrl: 'wap.example' }],
    ['adminUrl', { adminUrl: 'https://u:geheim-123@wap' }],
    ['adminUrl', { adminUrl: 'https://wap/?x=1' }],
    ['usageUrl', { usageUrl: 'ftp://wap' }],
    ['installation', { installation: ' ' }],
    ['principal', { principal: '' }],
    ['principal', { principal: 'a\r\nx-evil: 1' }],
    ['token.token', { token: { kind: 'bearer', token: '' } }],
    ['token.token', { token: { kind: 'bearer', token: 'two words' } }],
    ['token.stsUrl', { token: { ...site, stsUrl: 'sts' } }],
    ['token.user', { token: { ...site, user: '' } }],
    ['token.password', { token: { ...site, password: '' } }],
    ['token.realm', { token: { ...site, realm: ' ' } }],
    ['usage.user', { usage: { user: 'a:b', password: 'geheim-123' } }],
    ['usage.password', { usage: { user: 'a', password: '' } }],
    ['retries', { retries: 0.5 }],
    ['attemptTimeoutMs', { attemptTimeoutMs: -1 }],
    ['proxy.url', { proxy: { url: 'proxy:3128' } }],
  ] as const)
    it(`names ${field} when it opens with ${JSON.stringify(settings).replace('geheim-123', '…')}`, () => {
      assert.throws(
        () => world.open(settings),
        (error: unknown) =>
          error instanceof AdapterError &&
          error.code.startsWith('INPUT_') &&
          error.cause.subject === field &&
          error.message.startsWith(`${field}: `) &&
          !error.message.includes('geheim'),
      );
    });
});
