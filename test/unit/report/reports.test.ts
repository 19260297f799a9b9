import assert from 'node:assert/strict';
import type { FeedLine, OverviewAnswer } from '../../../lib/desk/overview';
import { noNeeds } from '../../../lib/feeds/needs';
import { Mapping } from '../../../lib/mapping/mapping';
import { type Asked, type Found, reports, type Sources } from '../../../lib/report/ask';
import { unbounded } from '../../../lib/report/period';
import { metricsText } from '../../../lib/report/prometheus';
import { putTenantName } from '../../../lib/state/tables/tenant-name';
import { Days } from '../../../lib/usage/totals/days';
import { Journal } from '../../../lib/workflow/journal';
import { Runs } from '../../../lib/workflow/runs';
import { dead, LetterWorld, waiting } from '../desk/letter-world';
import { cleanScratch } from '../state/scratch';
import { aQuantity, Counter, scope } from '../usage/totals/totals-world';
import { startWorld, type World } from '../wap/world';

const asked: Asked = { period: unbounded, by: 'day', eachTenant: false, runState: 'any', limit: 100 };
const nothing: OverviewAnswer = {
  ...{ feeds: [], workflows: [], questions: 0, deployed: [] },
  letters: { dead: 0, waiting: 0, parked: 0, quarantine: 0 },
};

describe('a report', () => {
  let world: LetterWorld;
  let wap: World;
  let glance: Sources['glance'];
  beforeEach(async () => {
    [world, wap, glance] = [await LetterWorld.open(), await startWorld(), async () => nothing];
  });
  afterEach(async () => {
    await wap.close();
    await cleanScratch();
  });

  const ask = (name: keyof typeof reports, more: Partial<Asked> = {}): Promise<Found> => {
    const { store, clock } = world;
    const { signal } = new AbortController();
    return reports[name](
      { store, clock, wap: wap.wap, scope, days: new Days('Europe/Madrid'), glance, signal },
      { ...asked, ...more },
    );
  };
  /** Some columns of each row. */
  const rows = ({ report }: Found, ...columns: string[]) => {
    for (const column of columns) assert.ok(report.columns.includes(column), `${column} is no column`);
    return report.rows.map(row => columns.map(column => row[column]));
  };
  const samples = ({ metrics }: Found) =>
    metricsText(metrics)
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'));

  describe('of usage', () => {
    beforeEach(async () => {
      const counter = new Counter(world.store, world.clock);
      await counter.count([
        aQuantity(1, { quantity: '0.1' }),
        aQuantity(2, { quantity: '0.2', startTime: '2026-02-01T10:00:00.000Z', meter: 'disk', unit: 'GB' }),
        aQuantity(3, { quantity: '4', wapSubscriptionId: 's2' }),
      ]);
      await world.store.transaction(async tx => {
        const named = { subscriptionId: 's1', name: 'Contoso', account: 'ann@contoso', eventId: 1, isGone: false };
        await putTenantName(tx, scope.installation, named, 0);
      });
    });

    it('adds up all subscriptions by day, with exact decimals', async () => {
      const found = await ask('usage');
      assert.deepEqual(rows(found, 'subscription', 'period', 'meter', 'unit', 'quantity', 'quantities', 'timeZone'), [
        [null, '2026-01-31', 'cpu', null, '4.1', 2, 'UTC'],
        [null, '2026-02-01', 'disk', 'GB', '0.2', 1, 'UTC'],
      ]);
      assert.deepEqual(samples(found), [
        'wap_billing_usage{period="2026-01-31",meter="cpu"} 4.1',
        'wap_billing_usage{period="2026-02-01",meter="disk",unit="GB"} 0.2',
      ]);
    });

    it('is of a period, a meter, and by month or for all of the time', async () => {
      const period = { from: '2026-02-01', to: '2026-02-01' };
      assert.deepEqual(rows(await ask('usage', { period, by: 'month' }), 'period', 'quantity'), [['2026-02', '0.2']]);
      assert.deepEqual(rows(await ask('usage', { meter: 'cpu', by: 'all' }), 'period', 'quantity'), [[null, '4.1']]);
    });

    it('has each subscription with its name where that is wanted', async () => {
      const found = await ask('usage', { eachTenant: true, by: 'all' });
      assert.deepEqual(rows(found, 'subscription', 'name', 'account', 'meter', 'quantity'), [
        ['s1', 'Contoso', 'ann@contoso', 'cpu', '0.1'],
        ['s1', 'Contoso', 'ann@contoso', 'disk', '0.2'],
        ['s2', null, null, 'cpu', '4'],
      ]);
    });

    for (const [tenant, expected] of [
      ['CONTOSO', [['s1', 'Contoso', '0.1']]],
      ['s2', [['s2', null, '4']]],
      ['nobody', []],
    ] as const)
      it(`of the tenant ${tenant} has ${expected.length} rows`, async () => {
        assert.deepEqual(
          rows(await ask('usage', { tenant, meter: 'cpu' }), 'subscription', 'name', 'quantity'),
          expected,
        );
      });

    for (const more of [{}, { eachTenant: true }, { tenant: 'contoso' }])
      it(`is cut at its limit and says so (${JSON.stringify(more)})`, async () => {
        const { report } = await ask('usage', { ...more, limit: 1 });
        assert.deepEqual([report.rows.length, report.isWhole], [1, false]);
        assert.equal((await ask('usage', more)).report.isWhole, true);
      });
  });

  describe('of dead letters', () => {
    beforeEach(async () => {
      const at = (SubscriptionId: string) => ({ SubscriptionId, Resources: { cpu: '1' } });
      await world.records(dead('no price'), at('s1'), 1);
      world.clock.time = Date.UTC(2026, 0, 3, 22, 59, 58);
      await world.records(waiting('no mapping'), at('s2'), 2);
      world.clock.time += 1000;
      await world.records(dead('no price'), at('s2'), 3);
    });
    const ids = async (more: Partial<Asked>) => rows(await ask('deadLetters', more), 'eventId').flat();

    it('is what was set aside, the newest first', async () => {
      assert.deepEqual(await ids({}), [3, 2, 1]);
      assert.deepEqual(await ids({ tenant: 's2' }), [3, 2]);
      assert.deepEqual(await ids({ reason: 'no price' }), [3, 1]);
      assert.deepEqual(await ids({ meter: 'disk' }), []);
    });

    it('cuts days by the time zone', async () => {
      assert.deepEqual(await ids({ period: { from: '2026-01-04', to: '2026-01-04' } }), [3]);
      assert.deepEqual(await ids({ period: { from: null, to: '2026-01-03' } }), [2, 1]);
      assert.deepEqual(await ids({ period: { from: '2026-01-05', to: null } }), []);
    });

    it('counts them by kind', async () => {
      const of = 'feed="usage",reader="billing",installation="wap",meter="cpu"';
      assert.deepEqual(samples(await ask('deadLetters')).sort(), [
        `wap_billing_dead_letters_listed{kind="dead",${of}} 2`,
        `wap_billing_dead_letters_listed{kind="waiting",${of}} 1`,
      ]);
    });
  });

  describe('of runs', () => {
    beforeEach(async () => {
      const { store, clock } = world;
      const runs = new Runs(store, clock, 'put on sale');
      const begin = async (key: string) => {
        clock.advance(1000);
        const { run } = await runs.start(key, {});
        const journal = new Journal(store, clock, run);
        const { step } = await journal.intend({ node: 'n1', visit: 1, cameFrom: '' }, `step of ${key}`, {});
        return { run, journal, step };
      };
      const gold = await begin('Gold');
      await gold.journal.waits(gold.step, { for: 'propagation', subject: 'Gold Hosting', until: Date.UTC(2026, 0, 9) });
      const silver = await begin('Silver');
      const failure = { code: 'WAP_FORBIDDEN' as const, message: 'No.', cause: { retryable: false }, step: 'create' };
      await silver.journal.fail(silver.step, failure);
      await runs.end((await begin('Tin')).run, 'cancelled', null);
    });

    it('says where each stands, what it waits for and why it failed', async () => {
      const columns = ['key', 'state', 'startedAt', 'step', 'waitsFor', 'until', 'attempts', 'code', 'problem'];
      const tin = ['Tin', 'cancelled', '2026-01-02T00:00:03.000Z'];
      const found = await ask('runs');
      assert.deepEqual(rows(found, ...columns).slice(1), [
        ['Silver', 'failed', '2026-01-02T00:00:02.000Z', 'create', null, null, 1, 'WAP_FORBIDDEN', 'No.'],
        [
          'Gold',
          'open',
          '2026-01-02T00:00:01.000Z',
          'step of Gold',
          'Gold Hosting',
          '2026-01-09T00:00:00.000Z',
          1,
          null,
          null,
        ],
      ]);
      assert.deepEqual(rows(found, ...columns)[0]?.slice(0, 3), tin);
      assert.equal(samples(found).length, 3);
      assert.ok(samples(found).includes('wap_billing_runs{workflow="put on sale",state="failed",step="create"} 1'));
    });

    for (const [runState, keys] of [
      ['any', ['Tin', 'Silver', 'Gold']],
      ['notEnded', ['Silver', 'Gold']],
      ['cancelled', ['Tin']],
    ] as const)
      it(`of state ${runState} has ${keys.join(', ')}`, async () => {
        assert.deepEqual(rows(await ask('runs', { runState }), 'key').flat(), keys);
      });

    it('finds a text in the key', async () => {
      assert.deepEqual(rows(await ask('runs', { searchText: 'ol' }), 'key').flat(), ['Gold']);
    });
  });

  it('of what is unmapped asks WAP, and counts by kind', async () => {
    wap.sim.seed({
      plans: [
        { Id: 'gold', DisplayName: 'Gold' },
        { Id: 'tin', DisplayName: 'Tin' },
      ],
    });
    const mapping = new Mapping(world.store, world.clock, scope);
    await world.store.transaction(tx =>
      mapping.put(tx, { kind: 'plan', wapId: 'gold', billingId: 'g-1' }, { by: 'ann' }),
    );
    const found = await ask('unmapped');
    assert.deepEqual(rows(found, 'kind', 'wapId', 'name', 'account'), [['plan', 'tin', 'Tin', null]]);
    assert.equal(found.report.isWhole, true);
    assert.deepEqual(samples(found), ['wap_billing_unmapped{kind="plan"} 1']);
  });

  describe('of everything at a glance', () => {
    const needs = { ...noNeeds, refused: 2, unmapped: 3 };
    const live = {
      ...{ nodeId: 'n1', name: 'Usage', isPaused: false, polledAt: 1_000_500, nextPollAt: 2_000_000, failure: null },
      ...{ perMinute: [], waiting: 4, open: 5, oldestAgeMs: 61_400, caughtUpAt: null },
    };
    const of = { feed: 'usage', installation: 'wap', consumer: 'billing', needs } as const;
    const show = (more: Partial<OverviewAnswer>) => {
      glance = async () => ({ ...nothing, ...more });
      return ask('overview');
    };

    it('has a row for each reader, workflow and kind of dead letter, and for the questions', async () => {
      const workflow = { workflow: 'put on sale', open: 1, failed: 2, ended: 3 };
      const found = await show({
        ...{ feeds: [{ ...of, live }], workflows: [workflow, { ...workflow, workflow: 'old' }], questions: 7 },
        ...{ deployed: ['put on sale'], letters: { dead: 8, waiting: 0, parked: 0, quarantine: 1 } },
      });
      assert.deepEqual(rows(found, 'about', 'name', 'state', 'needsPerson', 'waiting', 'open', 'failed', 'ended24h'), [
        ['usage', 'billing', 'running', 5, 4, 5, 2, null],
        ['workflow', 'put on sale', 'running', null, null, 1, 2, 3],
        ['workflow', 'old', 'not deployed', null, null, 1, 2, 3],
        ['deadLetters', 'dead', null, 8, null, null, null, null],
        ['deadLetters', 'waiting', null, 0, null, null, null, null],
        ['deadLetters', 'parked', null, 0, null, null, null, null],
        ['deadLetters', 'quarantine', null, 1, null, null, null, null],
        ['questions', null, null, 7, null, null, null, null],
      ]);
      assert.deepEqual(rows(found, 'lagSeconds', 'lastReadAt', 'nextReadAt', 'caughtUpAt', 'problem')[0], [
        ...[61, '1970-01-01T00:16:40.500Z', '1970-01-01T00:33:20.000Z', null, null],
      ]);
      const labels = '{feed="usage",reader="billing",installation="wap"}';
      assert.deepEqual(samples(found), [
        `wap_billing_feed_up${labels} 1`,
        `wap_billing_feed_paused${labels} 0`,
        `wap_billing_feed_waiting${labels} 4`,
        `wap_billing_feed_open${labels} 5`,
        `wap_billing_feed_lag_seconds${labels} 61`,
        `wap_billing_feed_needs_person${labels} 5`,
        `wap_billing_feed_last_read_timestamp_seconds${labels} 1000.5`,
        'wap_billing_workflow_runs{workflow="put on sale",state="open"} 1',
        'wap_billing_workflow_runs{workflow="old",state="open"} 1',
        'wap_billing_workflow_runs{workflow="put on sale",state="failed"} 2',
        'wap_billing_workflow_runs{workflow="old",state="failed"} 2',
        ...['dead 8', 'waiting 0', 'parked 0', 'quarantine 1'].map(kind => {
          const [name, count] = kind.split(' ');
          return `wap_billing_dead_letters{kind="${name}"} ${count}`;
        }),
      ]);
    });

    const failure = { code: 'WAP_SERVER', message: 'WAP is away.' };
    const lines: Array<
      [what: string, live: FeedLine['live'], state: string, problem: string | null, numbers: string[]]
    > = [
      ['that fails', { ...live, failure }, 'failing', 'WAP is away.', ['up 0', 'paused 0', 'needs_person 5']],
      ['that is paused', { ...live, isPaused: true }, 'paused', null, ['up 1', 'paused 1', 'needs_person 5']],
      ['without its node', null, 'not deployed', null, ['up 0', 'needs_person 5']],
    ];
    for (const [what, live, state, problem, numbers] of lines)
      it(`shows a reader ${what}`, async () => {
        const found = await show({ feeds: [{ ...of, live }] });
        assert.deepEqual(rows(found, 'state', 'problem', 'needsPerson')[0], [state, problem, 5]);
        const shown = samples(found).map(line => line.replace(/^wap_billing_feed_(\w+)\{.*\}/, '$1'));
        assert.deepEqual(
          shown.filter(line => /^(up|paused|needs)/.test(line)),
          numbers,
        );
      });
  });
});
